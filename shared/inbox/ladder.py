"""What becomes of a fact that could not be applied: up the retry ladder, and at last to the dead letters, never lost."""

import traceback
from typing import Any

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from shared import clock, telemetry
from shared.database import sqlstate
from shared.events.envelope import Malformed
from shared.refusal import NotYet, Refused
from shared.relay import Relay
from shared.settings import Settings
from shared.topology import DEAD, own, retry

log = structlog.get_logger("inbox")
BROKERS_OWN = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-acquired-count")


class KilledWorker(Exception):
    """The fact's handler ended its process three times."""


class Ladder:
    """One service's way for failed messages; all publishing goes, confirmed, through the relay's connection."""

    def __init__(self, service: str, relay: Relay, settings: Settings) -> None:
        self.service, self.relay, self.settings = service, relay, settings
        self.rungs = settings.ladder_ms

    async def take(self, message: AbstractIncomingMessage, error: Exception) -> None:
        """Send a failed message on; NotConfirmed when the broker did not take it (then it must not be acked)."""
        headers = {key: value for key, value in message.headers.items() if not key.startswith(BROKERS_OWN)}
        attempt = _number(headers.get("x-attempt"), 1)
        headers |= {
            "x-error": told(error),
            "x-fingerprint": fingerprint(message, error),
            "x-failed-at": clock.now().isoformat(),
        }
        if isinstance(error, NotYet):
            key = self._wait(headers)
        elif reason := _hopeless(error):
            key = self._give_up(headers, reason)
        elif attempt > len(self.rungs):
            key = self._give_up(headers, "attempts")
        else:
            headers["x-attempt"] = attempt + 1
            key = retry(self.rungs[attempt - 1])
        await self.relay.publish_confirmed(own(self.service), key, _copy(message, headers))
        self._count(message, key, headers)

    def _wait(self, headers: dict[str, Any]) -> str:
        """For a fact that came too early: no attempt is used up; the last rung again and again, up to the limit."""
        now_ms = int(clock.now().timestamp() * 1000)
        since_ms = headers.get("x-not-yet-since-ms")
        since_ms = headers["x-not-yet-since-ms"] = since_ms if isinstance(since_ms, int) else now_ms
        if now_ms - since_ms > self.settings.not_yet_ms:
            return self._give_up(headers, "not_yet")
        step = min(_number(headers.get("x-not-yet"), 0), len(self.rungs) - 1)
        headers["x-not-yet"] = step + 1
        return retry(self.rungs[step])

    def _give_up(self, headers: dict[str, Any], reason: str) -> str:
        headers["x-reason"] = reason
        return DEAD

    def _count(self, message: AbstractIncomingMessage, key: str, headers: dict[str, Any]) -> None:
        event_type = str(headers.get("cloudEvents:type", "unknown"))
        if key == DEAD:
            reason = str(headers["x-reason"])
            known = event_type if reason not in {"malformed", "unknown_type", "oversize"} else "unknown"
            telemetry.INBOX_DEAD.labels(service=self.service, event_type=known, reason=reason).inc()
        else:
            telemetry.INBOX_RETRIES.labels(service=self.service, rung=key.removeprefix("retry.")).inc()
        log.warning(
            "fact could not be applied",
            event_id=message.message_id,
            type=event_type,
            sent_to=key,
            reason=headers.get("x-reason"),
            error=headers["x-error"],
            fingerprint=headers["x-fingerprint"],
        )


def _hopeless(error: Exception) -> str | None:
    """The dead letter's reason where trying again cannot help."""
    if isinstance(error, Malformed):
        return error.reason
    if isinstance(error, KilledWorker):
        return "killed_worker"
    return "refused" if isinstance(error, Refused) else None


def told(error: Exception) -> str:
    """What went wrong in words, without any value of the message or of a row."""
    if isinstance(error, Refused):
        return error.code
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors()[:10])
    if isinstance(error, DBAPIError):
        constraint = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
        return f"{type(error).__name__} {sqlstate(error) or ''} {constraint or ''}".strip()
    if isinstance(error, (Malformed, NotYet)):
        return str(error)[:300]
    return f"{type(error).__name__} in {_place(error)}"


def fingerprint(message: AbstractIncomingMessage, error: Exception) -> str:
    """Groups letters that failed in the same way: event type, exception class, module and function."""
    event_type = str(message.headers.get("cloudEvents:type", "unknown"))
    return f"{event_type}|{type(error).__name__}|{_place(error)}"


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/services/" in frame.filename or "/shared/" in frame.filename] or frames
    if not ours:
        return "unknown"
    folder, _, file = ours[-1].filename.rpartition("/")
    return f"{folder.rpartition('/')[2]}.{file.removesuffix('.py')}.{ours[-1].name}"


def _copy(message: AbstractIncomingMessage, headers: dict[str, Any]) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        headers=headers,
        message_id=message.message_id,
        type=message.type,
        content_type=message.content_type,
        timestamp=message.timestamp,
    )


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and 0 <= value < 10_000 else otherwise
