"""The whole group: six service processes on the session's servers."""

import json
from collections.abc import AsyncIterator

import pytest

from deploy.demo import SHORT_WAITS
from deploy.installation import Services, prepare
from deploy.local.processes import say_on_stderr
from deploy.secrets import first_users
from tests.stack import Stack


@pytest.fixture(scope="session")
async def group(stack: Stack) -> AsyncIterator[Services]:
    """All services, ready; surveys open a second after delivery."""
    (stack.folder / "secrets" / "console_users").write_text(json.dumps(first_users()))
    await prepare(stack.settings, say_on_stderr)
    services = Services({**stack.environment, **SHORT_WAITS}, stack.folder / "services")
    try:
        await services.start(say_on_stderr)
        yield services
    finally:
        await services.stop()
