"""A corner of the test broker for one test module: a virtual host with a topology of the module's own."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from shared.database import new_id
from shared.events import Event
from shared.settings import Settings
from shared.topology import Topology, topology_of
from shared.topology.management import Management, apply, management

Hears = Mapping[str, Iterable[type[Event]]]


@asynccontextmanager
async def a_virtual_host(settings: Settings, hears: Hears) -> AsyncIterator[tuple[Settings, Topology, Management]]:
    """Settings for a virtual host where this topology stands; it is gone afterwards."""
    address = urlsplit(settings.broker)._replace(path=f"/{settings.vhost}-{new_id().hex[-8:]}").geturl()
    here = settings.model_copy(update={"broker": address})
    topology = topology_of(hears, here, {kind.type: kind for kinds in hears.values() for kind in kinds})
    async with management(here) as broker:
        await apply(topology, broker)
        try:
            yield here, topology, broker
        finally:
            await broker.ask("DELETE", "vhosts", here.vhost)
