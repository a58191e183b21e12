"""The rule of capacity: whatever the roster, nothing is sold that nobody has, and nothing twice."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workshop.domain import CapacityTerms, Hours, Shift, Technician
from services.workshop.domain.sellable import bay_minutes, minutes_at_work, sellable, shared_out
from services.workshop.domain.stretches import Stretch
from tests.shared.turnstile import by
from tests.workshop.words import a_technician

DAY = datetime(2026, 11, 23, tzinfo=UTC)
SKILLS, KINDS = ("engine", "paint", "body", "tyres"), ("lift", "paint", "alignment")


def at(minute: int) -> datetime:
    return DAY + timedelta(minutes=minute)


def a_shift(begins: int = 0, minutes: int = 480, break_minutes: int = 0, *, off: bool = False) -> Shift:
    with by():
        return Shift(
            store_id="sh01", technician="T1", day=date(2026, 11, 23), begins_at=at(begins), ends_at=at(begins + minutes),
            break_minutes=break_minutes, called_off_at=DAY if off else None,
        )  # fmt: skip


stretches = st.lists(
    st.tuples(st.integers(-200, 1_600), st.integers(1, 900)).map(lambda each: (at(each[0]), at(each[0] + each[1]))), max_size=4
)
shifts = st.lists(
    st.tuples(st.integers(0, 1_000), st.integers(1, 600), st.integers(0, 700), st.booleans()).map(
        lambda each: a_shift(each[0], each[1], each[2], off=each[3])
    ),
    max_size=4,
)
people = st.lists(
    st.builds(
        Hours,
        st.lists(st.sampled_from(SKILLS), min_size=1, unique=True).map(tuple),
        st.integers(0, 20_000),
    ),
    max_size=6,
)
rooms = st.dictionaries(st.sampled_from(KINDS), st.integers(0, 40_000))
terms = st.builds(
    CapacityTerms,
    bay_kinds=st.dictionaries(st.sampled_from(SKILLS), st.lists(st.sampled_from(KINDS), unique=True)),
    weights=st.dictionaries(st.sampled_from(SKILLS), st.integers(0, 5)),
)


@given(people, rooms, terms)
def test_the_hours_of_a_day_are_sold_once(people: list[Hours], rooms: dict[str, int], terms: CapacityTerms) -> None:
    """R1, K5: never negative, never beyond the people's hours or the bays', per skill and in all."""
    found = sellable(people, rooms, terms)
    assert all(hours_milli > 0 for hours_milli in found.values())
    assert sum(found.values()) <= sum(person.hours_milli for person in people)
    for skill in SKILLS:
        could = sum(person.hours_milli for person in people if skill in person.skills)
        assert sum(hours for (name, _), hours in found.items() if name == skill) <= could
    for kind in KINDS:
        assert sum(hours for (_, name), hours in found.items() if name == kind) <= rooms.get(kind, 0)
    assert all(skill not in terms.bay_kinds or kind in terms.bay_kinds[skill] for skill, kind in found)


@given(people, st.lists(st.sampled_from(KINDS), min_size=1, unique=True))
def test_where_there_is_room_enough_all_hours_are_sold(people: list[Hours], kinds: list[str]) -> None:
    there = sum(person.hours_milli for person in people)
    assert sum(sellable(people, dict.fromkeys(kinds, there), CapacityTerms()).values()) == there


@given(people, st.integers(1, 100_000))
def test_where_people_have_more_hours_than_the_bays_the_bays_are_full(people: list[Hours], room: int) -> None:
    there = sum(person.hours_milli for person in people)
    sold = sum(sellable(people, {"lift": room}, CapacityTerms()).values())
    assert min(there, room) - len(SKILLS) <= sold <= min(there, room)


@given(people, terms)
def test_the_hours_of_who_has_several_skills_are_shared_out(people: list[Hours], terms: CapacityTerms) -> None:
    for person in people:
        parts = shared_out(person, terms.weights)
        assert sum(parts.values()) in ({person.hours_milli} if parts else {0})
        assert all(terms.weights.get(skill, 1) or not hours_milli for skill, hours_milli in parts.items())


@given(shifts, stretches)
def test_nobody_works_longer_than_their_shifts(shifts: list[Shift], away: list[Stretch]) -> None:
    """Breaks, absences (one on top of the other too) and called-off shifts are no work."""
    minutes = minutes_at_work(shifts, away)
    meant = [shift for shift in shifts if shift.called_off_at is None]
    assert 0 <= minutes <= sum((shift.ends_at - shift.begins_at) // timedelta(minutes=1) for shift in meant)
    assert minutes_at_work(shifts, [*away, (at(-10_000), at(10_000))]) == 0


@given(shifts, stretches)
def test_a_bay_has_no_hours_while_it_is_out_of_order_or_nobody_is_there(shifts: list[Shift], out: list[Stretch]) -> None:
    minutes = bay_minutes(shifts, out)
    assert 0 <= minutes <= bay_minutes(shifts, []) <= 24 * 60 + 600
    assert bay_minutes(shifts, [*out, (at(-10_000), at(10_000))]) == 0
    assert bay_minutes([], out) == 0


def test_a_called_off_shift_is_worth_nothing() -> None:
    assert minutes_at_work([a_shift(off=True)], []) == 0
    assert bay_minutes([a_shift(off=True)], []) == 0


def test_an_absence_takes_its_part_of_the_shift() -> None:
    """Eight hours, half an hour of them a break, two hours at the doctor's."""
    assert minutes_at_work([a_shift(0, 480, 30)], [(at(60), at(180)), (at(100), at(180))]) == 330


def sold(technician: Technician, terms: CapacityTerms) -> int:
    return terms.sold_of(technician, 480)


@pytest.mark.usefixtures("at_noon")
def test_an_apprentice_counts_their_share() -> None:
    """KPI formulas, capacity: an apprentice 25, 50 or 75 %."""
    technician = a_technician()
    assert sold(technician, CapacityTerms()) == 8_000
    technician.promote("apprentice", None)
    assert sold(technician, CapacityTerms()) == 4_000
    technician.promote("apprentice", 2_500)
    assert sold(technician, CapacityTerms(availability_bp=8_000)) == 1_600


@pytest.mark.usefixtures("at_noon")
def test_a_trade_may_have_an_availability_of_its_own() -> None:
    own = CapacityTerms(availability_of_trade_bp={"mechanical": 5_000})
    assert sold(a_technician(), own) == 4_000
    painter = a_technician()
    painter.learn(["paint"], "paint")
    assert sold(painter, own) == 8_000
