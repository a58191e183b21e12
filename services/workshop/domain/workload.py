"""On which day of the store open work counts (K5): on the one that it is promised for, or today where that day is over."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, func
from sqlalchemy.dialects.postgresql import DATE

from services.workshop.domain.jobs import Job
from services.workshop.domain.states import ON_THE_BOARD
from shared import clock


def counted_on(zone: str) -> ColumnElement[date]:
    """The day of a job; `zone` as in 'Asia/Shanghai'."""
    return func.greatest(cast(func.timezone(zone, Job.promised_at), DATE), clock.day_in(zone))


def counts_between(zone: str, first: date, last: date) -> ColumnElement[bool]:
    """Whether a job is open work of one of these days, in terms of the moment that was promised."""
    if last < clock.day_in(zone):
        return Job.id.is_(None)
    counts: list[ColumnElement[Any]] = [
        Job.state.in_(ON_THE_BOARD),
        Job.promised_at < clock.midnight_in(zone, last + timedelta(days=1)),
    ]
    if first > clock.day_in(zone):
        counts.append(Job.promised_at >= clock.midnight_in(zone, first))
    return and_(*counts)
