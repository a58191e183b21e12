"""What can be sold of a day (产能): from the hours of people and of bays to hours per skill and group of bays (R1, K5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from services.workshop.domain.policies import Terms
from services.workshop.domain.shifts import Shift
from services.workshop.domain.stretches import Stretch, common, merged, minutes_of
from services.workshop.domain.technicians import Technician
from shared.fields import BasisPoints, Trade
from shared.money import WHOLE_BP


class CapacityTerms(Terms, name="capacity"):
    """How the hours of shifts become hours that may be sold."""

    ahead_days: Annotated[int, Field(ge=1, le=92)] = 28
    """So many days, today the first, are offered by the shifts."""
    availability_bp: BasisPoints = WHOLE_BP
    """Share of the hours of those at work that is meant for customers' cars."""
    availability_of_trade_bp: dict[Trade, BasisPoints] = Field(default_factory=dict)
    """The same for a trade that differs."""
    bay_kinds: dict[str, list[str]] = Field(default_factory=dict)
    """By skill, the kinds of bays that its work can be done in; a skill that is left out may use all."""
    weights: dict[str, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    """By skill, its part of the hours of who has several; 1 where it is left out, 0: nothing is sold as this skill."""

    def sold_of(self, technician: Technician, minutes: int) -> int:
        """Hours for sale, in thousandths, of so many minutes at work."""
        available_bp = self.availability_of_trade_bp.get(technician.trade, self.availability_bp)
        return minutes * technician.counts_bp * available_bp * 1_000 // (60 * WHOLE_BP * WHOLE_BP)

    def may_use(self, skill: str, kinds: Iterable[str]) -> list[str]:
        """The kinds among these that work of the skill can be done in."""
        return sorted(kind for kind in kinds if skill not in self.bay_kinds or kind in self.bay_kinds[skill])


@dataclass(frozen=True, slots=True)
class Hours:
    """What a technician can sell on a day, in thousandths of an hour, as one of these skills or the other."""

    skills: tuple[str, ...]
    hours_milli: int


def minutes_at_work(shifts: Iterable[Shift], absences: Sequence[Stretch]) -> int:
    """Of one technician: shifts that were not called off, without breaks and absences."""
    total = 0
    for shift in shifts:
        if shift.called_off_at is None:
            stretch = (shift.begins_at, shift.ends_at)
            away = minutes_of(common([stretch], absences))
            total += max(0, minutes_of([stretch]) - shift.break_minutes - away)
    return total


def bay_minutes(shifts: Iterable[Shift], outages: Sequence[Stretch]) -> int:
    """Of one bay: while anybody is meant to be at work, and it is in order."""
    opened = merged((shift.begins_at, shift.ends_at) for shift in shifts if shift.called_off_at is None)
    return minutes_of(opened) - minutes_of(common(opened, outages))


def shared_out(hours: Hours, weights: Mapping[str, int]) -> dict[str, int]:
    """One technician's hours by skill: in the proportion of the weights, all of them, none of them twice."""
    skills = sorted(set(hours.skills))
    whole = sum(weights.get(skill, 1) for skill in skills)
    if whole == 0:
        return {}
    parts = {skill: hours.hours_milli * weights.get(skill, 1) // whole for skill in skills}
    first = next(skill for skill in skills if weights.get(skill, 1))
    parts[first] += hours.hours_milli - sum(parts.values())
    return parts


def sellable(people: Iterable[Hours], bays_milli: Mapping[str, int], terms: CapacityTerms) -> dict[tuple[str, str], int]:
    """Hours in thousandths by (skill, kind of bay).

    Over all kinds a skill gets no more than its people have, over all skills a kind no more than its bays (`bays_milli`).
    A skill claims the kinds that it may use in the proportion of their room; a kind that is claimed beyond its room gives all
    of them the same part of their claims; what a skill did not get there it claims elsewhere.
    """
    wanted: defaultdict[str, int] = defaultdict(int)
    for person in people:
        for skill, hours_milli in shared_out(person, terms.weights).items():
            wanted[skill] += hours_milli
    room, found = dict(bays_milli), defaultdict[tuple[str, str], int](int)
    for _ in range(len(room) + 1):
        claims = _claims(wanted, room, terms)
        for kind, by_skill in claims.items():
            claimed, there = sum(by_skill.values()), room[kind]
            for skill, hours_milli in by_skill.items():
                got = hours_milli if claimed <= there else hours_milli * there // claimed
                found[skill, kind] += got
                wanted[skill] -= got
                room[kind] -= got
    return {key: hours_milli for key, hours_milli in found.items() if hours_milli}


def _claims(wanted: Mapping[str, int], room: Mapping[str, int], terms: CapacityTerms) -> dict[str, dict[str, int]]:
    claims: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for skill in sorted(wanted):
        kinds = terms.may_use(skill, (kind for kind, there in room.items() if there > 0))
        all_room, left = sum(room[kind] for kind in kinds), wanted[skill]
        for kind in kinds:
            claim = -(-wanted[skill] * room[kind] // all_room)
            claims[kind][skill] = min(claim, left)
            left -= claims[kind][skill]
    return claims
