"""What the tests of shared may ask for besides servers."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.settings import SERVICES, Settings
from tests.databases import migrated_database
from tests.fixtures import a_stack_of_their_own
from tests.shared.services.doorbell.standing import a_doorbell
from tests.stack import Stack

stack = a_stack_of_their_own()


@pytest.fixture(scope="module")
async def doorbell(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the tests' own little service."""
    async with a_doorbell(stack) as client:
        yield client


@pytest.fixture(scope="module")
async def conf(stack: Stack) -> Settings:
    """Settings of a server where all six databases stand."""
    for service in SERVICES:
        async with migrated_database(service, stack):
            pass
    return stack.settings
