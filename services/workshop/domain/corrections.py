"""Corrections of clocks: a supervisor says how it was; what the clock said is kept (domain rules C7, C16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.clocks import ON_JOBS, Activity, Attendance
from services.workshop.domain.stretches import Stretch, without
from services.workshop.domain.tables import Base
from shared import clock
from shared.database import Effect, OfStore, new_id
from shared.money import WHOLE_BP, spread
from shared.refusal import Invalid, Refused


@dataclass(frozen=True, slots=True)
class ToldStretch:
    """A part of a day as a supervisor tells it."""

    kind: str
    job_id: UUID | None
    started_at: datetime
    ended_at: datetime

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "job_id": str(self.job_id) if self.job_id else None,
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
        }


class ClockCorrection(Effect, OfStore, Base):
    """Who said what of an attendance, and why; `before` and `after` are its stretches.  Never changed afterwards."""

    __tablename__ = "clock_corrections"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    attendance_id: Mapped[UUID] = mapped_column(ForeignKey("attendances.id"), index=True)
    corrected_by: Mapped[str]
    corrected_at: Mapped[datetime]
    reason: Mapped[str]
    before: Mapped[list[dict[str, Any]]]
    after: Mapped[list[dict[str, Any]]]


def correct(
    attendance: Attendance, counted: Sequence[Activity], told: Sequence[ToldStretch], by: str, reason: str
) -> ClockCorrection:
    """The attendance was as `told`, from the first stretch to the last, instead of as `counted` (its activities that count).

    Invalid: gap_or_overlap, in_the_future, no_time, job_missing.  Refused: own_clock, still_at_work.
    """
    if by == attendance.user:
        raise Refused("own_clock", "Somebody else must correct this clock.")
    if attendance.left_at is None:
        raise Refused("still_at_work", "The technician has not clocked out yet.")
    _refuse_what_cannot_be(told)
    correction = ClockCorrection(
        id=new_id(),
        store_id=attendance.store_id,
        attendance_id=attendance.id,
        corrected_by=by,
        corrected_at=clock.now(),
        reason=reason,
        before=[_stretch(activity).as_json() for activity in counted],
        after=[stretch.as_json() for stretch in told],
    )
    attendance.came_at, attendance.left_at, attendance.flagged = told[0].started_at, told[-1].ended_at, False
    attendance.version += 1
    return correction


def booked(counted: Sequence[Activity], told: Sequence[ToldStretch]) -> dict[UUID, list[Stretch]]:
    """By job, when work on it is told for which no clock ran: that is judged as the clock itself would have been."""
    work = [stretch for stretch in told if stretch.kind in ON_JOBS]
    found = {}
    for job_id in {stretch.job_id for stretch in work} - {None}:
        now = [(each.started_at, each.ended_at) for each in work if each.job_id == job_id]
        before = [(each.started_at, each.ended_at or each.started_at) for each in counted if each.on_job == job_id]
        if job_id is not None and (more := without(now, before)):
            found[job_id] = more
    return found


def replace(
    attendance: Attendance, counted: Sequence[Activity], told: Sequence[ToldStretch], correction: ClockCorrection
) -> list[Activity]:
    """What counts from now on instead of `counted`; nothing new where the clock was right."""
    if correction.before == correction.after:
        return []
    for activity in counted:
        activity.superseded_by = correction.id
    return [_activity(attendance, stretch) for stretch in told]


def split(activity: Activity, shares_bp: Sequence[tuple[UUID, int]]) -> list[ToldStretch]:
    """The stretches that an activity on one job becomes when it was work on several: one after the other, exactly as long
    together.  Invalid('shares_not_whole') unless the shares add up to 10,000."""
    if activity.ended_at is None or activity.kind not in ON_JOBS:
        raise Refused("nothing_to_split", "Only ended work on a job can be split.", kind=activity.kind)
    if sum(share for _, share in shares_bp) != WHOLE_BP:
        raise Invalid("body.shares", "shares_not_whole", "The shares must add up to 10,000.")
    seconds = int((activity.ended_at - activity.started_at).total_seconds())
    made, at = [], activity.started_at
    for (job_id, _), long in zip(shares_bp, spread(seconds, [share for _, share in shares_bp]), strict=True):
        made.append(ToldStretch(activity.kind, job_id, at, at + timedelta(seconds=long)))
        at += timedelta(seconds=long)
    last = made[-1]
    return [*made[:-1], ToldStretch(last.kind, last.job_id, last.started_at, activity.ended_at)]


def as_counted(activities: Sequence[Activity]) -> list[ToldStretch]:
    """What the clock said, as stretches."""
    return [_stretch(activity) for activity in activities]


def _stretch(activity: Activity) -> ToldStretch:
    return ToldStretch(activity.kind, activity.job_id, activity.started_at, activity.ended_at or activity.started_at)


def _activity(attendance: Attendance, stretch: ToldStretch) -> Activity:
    return Activity(
        id=new_id(),
        store_id=attendance.store_id,
        attendance_id=attendance.id,
        job_id=stretch.job_id,
        technician=attendance.technician,
        user=attendance.user,
        kind=stretch.kind,
        started_at=stretch.started_at,
        ended_at=stretch.ended_at,
        ended_because="corrected",
    )


def _refuse_what_cannot_be(told: Sequence[ToldStretch]) -> None:
    for position, stretch in enumerate(told):
        at = f"body.activities.{position}"
        if stretch.ended_at < stretch.started_at:
            raise Invalid(f"{at}.ended_at", "no_time", "An activity ends after it began.")
        if stretch.ended_at > clock.now():
            raise Invalid(f"{at}.ended_at", "in_the_future", "Nobody knows yet what will be.")
        if stretch.kind in ON_JOBS and stretch.job_id is None:
            raise Invalid(f"{at}.job_id", "job_missing", "Work on a job names the job.")
    for position, (before, after) in enumerate(pairwise(told), 1):
        if before.ended_at != after.started_at:
            raise Invalid(
                f"body.activities.{position}.started_at", "gap_or_overlap", "Each activity begins when the one before ended."
            )
