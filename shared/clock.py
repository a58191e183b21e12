"""The only place that reads the time; everything else asks `now()`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_stopped_at: datetime | None = None


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return _stopped_at or datetime.now(UTC)


def day_in(time_zone: str, at: datetime | None = None) -> date:
    """The calendar day of `at` (now, when left out) where the clocks show `time_zone`, e.g. 'Asia/Shanghai'."""
    return (at or now()).astimezone(ZoneInfo(time_zone)).date()


@contextmanager
def stopped(at: datetime) -> Iterator[None]:
    """Stop the clock at a timezone-aware moment (tests of due dates)."""
    global _stopped_at
    before, _stopped_at = _stopped_at, at.astimezone(UTC)
    try:
        yield
    finally:
        _stopped_at = before
