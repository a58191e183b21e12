"""What every test may ask for: servers and settings."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stack import Stack, servers_for_tests, session


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs servers is marked so, that `make test-fast` can leave it out."""
    for item in items:
        if {"stack", "installation"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Real PostgreSQL and RabbitMQ, and the settings that lead to them; the databases and queues are still to be made."""
    folder: Path = tmp_path_factory.mktemp("stack")
    async with servers_for_tests() as servers, session(servers, folder) as ours:
        yield ours
