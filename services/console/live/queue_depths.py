"""How many messages lie in each service's queues, as the broker's management API tells the monitoring user."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx
import structlog

from shared.settings import SERVICES, MissingSetting, Settings
from shared.topology import DEAD, MONITORING

log = structlog.get_logger("queues")
EVERY_S = 5.0
KINDS = ("work", "retry", "dead")

Depths = Mapping[str, Mapping[str, int]]
"""Service -> kind ('work', 'retry', 'dead') -> messages."""


def depths_of(queues: list[dict[str, Any]]) -> Depths:
    """The depths by service of what the management API lists; the rungs of a retry ladder count together."""
    found = {service: dict.fromkeys(KINDS, 0) for service in SERVICES}
    for queue in queues:
        service, _, rest = str(queue["name"]).partition(".")
        if service in found:
            kind = "work" if not rest else DEAD if rest == DEAD else "retry"
            found[service][kind] += int(queue.get("messages", 0))
    return found


class QueueDepths:
    """Asks every five seconds; `now` is None as long as nobody answers.  `changed()` is called when it is another answer."""

    def __init__(self, settings: Settings, changed: Callable[[], None]) -> None:
        self.settings, self.changed = settings, changed
        self.now: Depths | None = None

    async def run(self) -> None:
        """Until cancelled."""
        try:
            password = self.settings.secret("broker", MONITORING)
        except MissingSetting as missing:
            log.warning("queue depths stay unknown", reason=str(missing))
            return
        base, auth = self.settings.broker_management, (MONITORING, password)
        async with httpx.AsyncClient(base_url=base, auth=auth, timeout=EVERY_S) as client:
            while True:
                depths = await self._ask(client)
                if depths != self.now:
                    self.now = depths
                    self.changed()
                await asyncio.sleep(EVERY_S)

    async def _ask(self, client: httpx.AsyncClient) -> Depths | None:
        try:
            answer = await client.get(f"/api/queues/{quote(self.settings.vhost, safe='')}", params={"columns": "name,messages"})
            return depths_of(answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            if self.now is not None:
                log.warning("queue depths are unknown", error=type(error).__name__)
            return None
