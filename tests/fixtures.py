"""Fixtures that the tests of every service make for themselves: `at_noon = somebody_acts(NOON, STORE)` in their conftest."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from tests.callers import calling
from tests.databases import migrated_database
from tests.stack import Stack, session


def a_stack_of_their_own() -> Any:
    """A fixture: databases and queues of the folder's own on the session's servers, so that no other folder's tests leave
    anything there or find anything."""

    @pytest.fixture(scope="package")
    async def stack(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
        async with session(stack.servers, tmp_path_factory.mktemp("stack")) as ours:
            yield ours

    return stack


def somebody_acts(at: datetime, store_id: str) -> Any:
    """A fixture: the clock stands, and somebody of the store ('*': of all) is acting."""

    @pytest.fixture
    def acting() -> Iterator[None]:
        with clock.stopped(at), bound(Cause(new_id(), "user:test", (store_id,))):
            yield

    return acting


def database_of(service: str) -> Any:
    """A fixture: the service's migrated database, as its service role."""

    @pytest.fixture(scope="package")
    async def database(stack: Stack) -> AsyncIterator[Database]:
        async with migrated_database(service, stack) as opened:
            yield opened

    return database


def client_of(app: FastAPI) -> Any:
    """A fixture: a client of the started service; the tests have a `database` beside it."""

    @pytest.fixture(scope="package")
    async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
        async with calling(app) as opened:
            yield opened

    return client
