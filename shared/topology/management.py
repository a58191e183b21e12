"""Brings a broker to the topology, and tells where it differs."""

import asyncio
from itertools import groupby

from shared.topology import Topology
from shared.topology.client import BrokerRefused, Management, management
from shared.topology.differences import differences

__all__ = ["BrokerRefused", "Management", "apply", "check", "management"]


async def apply(topology: Topology, broker: Management) -> list[str]:
    """Bring the broker to the topology; what was changed, nothing when it stood right.  May be repeated at any time.

    Never deletes a queue, and takes nothing from users that the topology does not know: `check` goes on naming those.
    """
    done: list[str] = []
    for _, same_kind in groupby(await differences(topology, broker), key=lambda found: found.kind):
        mendable = [found for found in same_kind if found.mend]
        await asyncio.gather(*(found.mend() for found in mendable if found.mend))
        done += [found.text for found in mendable]
    return done


async def check(topology: Topology, broker: Management) -> list[str]:
    """Every difference between the broker and the topology, one sentence each; empty when all stands right."""
    return [found.text for found in await differences(topology, broker)]
