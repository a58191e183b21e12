"""When people work: what a job still takes is counted in their hours, not around the clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.workshop.domain.shifts import Shift
from services.workshop.domain.stretches import Stretch, merged, without


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The stretches of work as far as they are known, oldest first, and from when on nobody has planned anything: from then on
    every minute counts."""

    stretches: Sequence[Stretch]
    unplanned_from: datetime

    def after(self, begins: datetime, minutes: int) -> datetime:
        """When so many minutes are worked by who begins then; nothing left to do takes no time, whatever the hour."""
        left = timedelta(minutes=minutes)
        if not left:
            return begins
        for opens, until in self.stretches:
            since = max(opens, begins)
            if since + left <= until:
                return since + left
            left -= max(until - since, timedelta())
        return max(begins, self.unplanned_from) + left


AROUND_THE_CLOCK = WorkingHours((), datetime.min.replace(tzinfo=UTC))


def worked(shift: Shift) -> list[Stretch]:
    """Of a shift that stands: all but the break, which lies in the middle since nobody says when it is taken."""
    middle, half = shift.begins_at + (shift.ends_at - shift.begins_at) / 2, timedelta(minutes=shift.break_minutes) / 2
    return [(shift.begins_at, middle - half), (middle + half, shift.ends_at)]


def hours_of(shifts: Iterable[Shift], more: Iterable[Stretch], absences: Iterable[Stretch], unplanned: Stretch) -> WorkingHours:
    """One technician's: their shifts, what they work besides (`more`), and all that nobody has planned yet, up to the end of
    what is looked at, without the time that they are away."""
    there = [*(stretch for shift in shifts for stretch in worked(shift)), *more, unplanned]
    away = merged(absences)
    return WorkingHours(without(there, away), max([unplanned[1], *(until for _, until in away)]))


def hours_of_any(people: Sequence[WorkingHours]) -> WorkingHours:
    """While any of them works; around the clock where there is nobody."""
    if not people:
        return AROUND_THE_CLOCK
    return WorkingHours(
        merged(stretch for each in people for stretch in each.stretches), min(each.unplanned_from for each in people)
    )
