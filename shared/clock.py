"""The only place that reads the time; everything else asks `now()`."""

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_stopped_at: datetime | None = None


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return _stopped_at or datetime.now(UTC)


def day_in(time_zone: str, at: datetime | None = None) -> date:
    """The calendar day of `at` (now, when left out) where the clocks show `time_zone`, e.g. 'Asia/Shanghai'."""
    return (at or now()).astimezone(ZoneInfo(time_zone)).date()


def midnight_in(time_zone: str, day: date) -> datetime:
    """When this calendar day begins where the clocks show `time_zone`; the next day's midnight ends it, however many hours
    that is."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone))


def minute_in(time_zone: str, day: date, minute: int) -> datetime:
    """When the clock on the wall shows this minute of the day, beyond 1,440 that of the days after it."""
    days, minute = divmod(minute, 1_440)
    day += timedelta(days=days)
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=ZoneInfo(time_zone))


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@contextmanager
def stopped(at: datetime) -> Iterator[None]:
    """Stop the clock at a timezone-aware moment (tests of due dates)."""
    global _stopped_at
    before, _stopped_at = _stopped_at, at.astimezone(UTC)
    try:
        yield
    finally:
        _stopped_at = before
