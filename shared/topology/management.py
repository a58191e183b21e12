"""Brings a broker to the topology, and tells where it differs."""

import asyncio
from itertools import groupby

from shared.topology import Topology
from shared.topology.client import BrokerRefused, Management, management
from shared.topology.differences import differences

__all__ = ["BrokerRefused", "Management", "apply", "check", "management", "unusable"]

_LOSE_RIGHTS = "it loses topic permissions when definitions are imported"
UNUSABLE = {
    **dict.fromkeys(("4.1.0", "4.1.1", "4.1.2", "4.1.3"), _LOSE_RIGHTS),
    "4.3.0": "services would need the right to declare queues",
}
"""Releases of RabbitMQ that cannot carry this topology, with the reason."""


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
    overview = await broker.ask("GET", "overview")
    return [*unusable(overview["rabbitmq_version"]), *(found.text for found in await differences(topology, broker))]


def unusable(version: str) -> list[str]:
    """One sentence when this release of RabbitMQ must not be used, else none."""
    reason = UNUSABLE.get(version)
    return [f"RabbitMQ {version} must not be used: {reason}; take a later release"] if reason else []
