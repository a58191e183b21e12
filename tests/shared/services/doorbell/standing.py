"""A doorbell that stands on real servers and can be called."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

import services
from tests.callers import calling
from tests.databases import migrated_database
from tests.shared.services.doorbell.app import app
from tests.stack import Stack

PASSWORD = "test-doorbell"


@asynccontextmanager
async def a_doorbell(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The started app's client; its database is migrated like any service's."""
    with pytest.MonkeyPatch.context() as patch:
        for secret in ("database_doorbell", "database_doorbell_owner", "broker_doorbell"):
            patch.setenv(f"LOOP4S_SECRET_{secret}".upper(), PASSWORD)
        patch.setattr(services, "__path__", [*services.__path__, str(Path(__file__).parents[1])])
        async with migrated_database("doorbell", stack):
            pass
        async with calling(app()) as client:
            yield client
