"""What the tests of shared may ask for besides servers."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.shared.services.doorbell.standing import a_doorbell
from tests.stack import Stack


@pytest.fixture(scope="module")
async def doorbell(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the tests' own little service."""
    async with a_doorbell(stack) as client:
        yield client
