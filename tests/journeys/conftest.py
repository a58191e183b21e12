"""The whole group: six service processes on the session's servers, and the cars that went through them."""

import json
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from deploy.demo import SHORT_WAITS, Outcome, drive
from deploy.installation import Services, prepare
from deploy.local.processes import say_on_stderr
from deploy.secrets import first_users
from tests.fixtures import a_stack_of_their_own
from tests.journeys.visitors import STRANGER
from tests.stack import Stack

stack = a_stack_of_their_own()


@pytest.fixture(scope="package")
async def group(stack: Stack) -> AsyncIterator[Services]:
    """All services, ready; surveys open a second after delivery."""
    (stack.folder / "secrets" / "console_users").write_text(json.dumps([*first_users(), STRANGER]))
    await prepare(stack.settings, say_on_stderr)
    services = Services({**stack.environment, **SHORT_WAITS}, stack.folder / "services")
    try:
        await services.start(say_on_stderr)
        yield services
    finally:
        await services.stop()


@pytest.fixture(scope="package")
async def outcome(group: Services) -> Outcome:
    """What became of twelve cars, among them every kind of trouble; three of them in each of the four stores."""
    return await drive(group.urls, 12, seed=7, began=monotonic(), say=say_on_stderr)
