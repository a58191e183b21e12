"""What a dead letter says about itself, and letters grouped by their cause."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from aio_pika.abc import AbstractIncomingMessage

UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter.  `reason` is one of the inbox's closed list, or the broker's own word for a message it gave up;
    `error` holds no values of the message."""

    service: str
    event_id: str
    type: str
    store: str
    reason: str
    error: str
    fingerprint: str
    failed_at: str
    attempts: int
    replayed: int
    size: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are meant; what is None does not limit."""

    services: tuple[str, ...]
    fingerprint: str | None = None
    type: str | None = None
    store: str | None = None
    event_id: str | None = None

    def fits(self, letter: Letter) -> bool:
        return all(
            wished is None or wished == getattr(letter, name)
            for name, wished in asdict(self).items()
            if name != "services"
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Letters of one cause: the same service, fingerprint, type and store."""

    service: str
    fingerprint: str
    type: str
    store: str
    reason: str
    error: str
    count: int
    oldest: str


def grouped(letters: Iterable[Letter]) -> list[Group]:
    """One group per cause, in the order of their names."""

    def cause(letter: Letter) -> tuple[str, str, str, str]:
        return letter.service, letter.fingerprint, letter.type, letter.store

    groups = []
    for key, alike in groupby(sorted(letters, key=cause), key=cause):
        found = list(alike)
        oldest = min(found, key=lambda letter: letter.failed_at)
        groups.append(Group(*key, oldest.reason, oldest.error, len(found), oldest.failed_at))
    return groups


def read(service: str, message: AbstractIncomingMessage) -> Letter:
    """What the headers of a dead letter say; nothing in them is taken for granted."""
    headers = message.headers
    type_ = _said(headers, "cloudEvents:type", "cloudEvents_type") or message.type or UNKNOWN
    reason = _said(headers, "x-reason") or _brokers_reason(headers)
    return Letter(
        service=service,
        event_id=_said(headers, "cloudEvents:id", "cloudEvents_id") or message.message_id or UNKNOWN,
        type=type_,
        store=_said(headers, "cloudEvents:storeid", "cloudEvents_storeid") or UNKNOWN,
        reason=reason,
        error=_said(headers, "x-error"),
        fingerprint=_said(headers, "x-fingerprint") or f"{type_} {reason}",
        failed_at=_said(headers, "x-failed-at") or _brokers_time(headers),
        attempts=_number(headers, "x-attempt"),
        replayed=_number(headers, "x-replayed"),
        size=len(message.body),
    )


def _said(headers: Mapping[str, Any], *names: str) -> str:
    return next((str(headers[name]) for name in names if headers.get(name) is not None), "")


def _number(headers: Mapping[str, Any], name: str) -> int:
    value = headers.get(name)
    return value if isinstance(value, int) else 0


def _brokers_death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    deaths = headers.get("x-death")
    return deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], Mapping) else {}


def _brokers_reason(headers: Mapping[str, Any]) -> str:
    """A letter that the inbox did not write came by the broker: its workers died on it too often."""
    return _said(_brokers_death(headers), "reason") or "delivery_limit"


def _brokers_time(headers: Mapping[str, Any]) -> str:
    time = _brokers_death(headers).get("time")
    return time.isoformat() if isinstance(time, datetime) else ""


def as_lines(groups: Iterable[Group]) -> str:
    """Groups as a list for people."""
    return "\n".join(
        f"{group.count:>6}  {group.service}  {group.store}  {group.type}  {group.reason}  since {group.oldest or UNKNOWN}\n"
        f"        {group.fingerprint}\n        {group.error}"
        for group in groups
    )


def as_json(rows: Iterable[Group | Letter]) -> str:
    """Groups or letters as a JSON array."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2)
