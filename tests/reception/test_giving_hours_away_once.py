"""Hours and advisors' time are given away once, whatever is asked in whichever order (R1, C1)."""

import asyncio
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.reception.domain import Appointment, CapacitySlot
from services.reception.domain.appointments import AppointmentTerms
from shared import clock
from shared.database import new_id
from shared.refusal import Refused
from tests.reception.appointments import SHANGHAI, agree, capacity, fall_due, wish
from tests.reception.counter import Counter, Told
from tests.reception.words import NOON, STORE

TERMS = AppointmentTerms()
DAYS = tuple((NOON + timedelta(days=days)).astimezone(SHANGHAI).replace(hour=9) for days in (2, 3))
HOURS = 8_000


class Diary(RuleBasedStateMachine):
    """Reliability M7, in memory: two days; customers ask, say yes, move, call off or say nothing as time goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.slots = {day.date(): self.a_slot(day) for day in DAYS}
        self.asked: list[Appointment] = []

    @staticmethod
    def a_slot(day: datetime) -> CapacitySlot:
        slot = CapacitySlot.stub(uuid5(NAMESPACE_OID, f"slot {day}"), STORE)
        slot.day, slot.skill, slot.bay_group, slot.offered_hours_milli = day.date(), "mechanical", "lift", HOURS
        return slot

    def kept_too_long(self, appointment: Appointment) -> bool:
        assert appointment.held_until is not None
        return appointment.held_until <= self.now

    def in_state(self, *states: str) -> Sequence[Appointment]:
        return [appointment for appointment in self.asked if appointment.state in states]

    def hours(self, *states: str) -> int:
        return sum(appointment.needs[0]["hours_milli"] for appointment in self.in_state(*states))

    @rule(day=st.sampled_from(DAYS), hours=st.integers(1_000, 5_000))
    def hold(self, day: datetime, hours: int) -> None:
        slot = self.slots[day.date()]
        appointment = Appointment(
            id=new_id(), store_id=STORE, customer_id=new_id(), vehicle_id=new_id(), starts_at=day, services=[], channel="web",
            needs=[{"slot_id": str(slot.id), "skill": slot.skill, "bay_group": slot.bay_group, "hours_milli": hours}],
        )  # fmt: skip
        with clock.stopped(self.now):
            appointment.hold(TERMS)
        if hours > slot.free_hours_milli:
            with pytest.raises(Refused, match="hours"):
                slot.take(hours)
            return
        slot.take(hours)
        self.asked.append(appointment)

    @rule(luck=st.randoms(use_true_random=False))
    def confirm(self, luck: random.Random) -> None:
        if not (held := self.in_state("held")):
            return
        appointment = luck.choice(held)
        with clock.stopped(self.now):
            if self.kept_too_long(appointment):
                with pytest.raises(Refused) as refused:
                    appointment.confirm()
                assert refused.value.code == "hold_expired"
            else:
                appointment.confirm()

    @rule(luck=st.randoms(use_true_random=False), day=st.sampled_from(DAYS))
    def move(self, luck: random.Random, day: datetime) -> None:
        if not (confirmed := self.in_state("confirmed")):
            return
        appointment = luck.choice(confirmed)
        hours, old, new = appointment.needs[0]["hours_milli"], self.slots[appointment.day], self.slots[day.date()]
        if old is not new and hours > new.free_hours_milli:
            return
        with clock.stopped(self.now):
            appointment.move_to(day, "customer", TERMS)
        old.give_back(hours)
        new.take(hours)

    @rule(luck=st.randoms(use_true_random=False))
    def call_off(self, luck: random.Random) -> None:
        if living := self.in_state("held", "confirmed"):
            appointment = luck.choice(living)
            appointment.cancel("ill", "customer")
            self.slots[appointment.day].give_back(appointment.needs[0]["hours_milli"])

    @rule(minutes=st.sampled_from((1, 5, 14, 15, 30)))
    def time_goes_by(self, minutes: int) -> None:
        if self.now < NOON + timedelta(hours=8):
            self.now += timedelta(minutes=minutes)

    @rule()
    def what_was_held_too_long_falls_due(self) -> None:
        for appointment in self.in_state("held"):
            if self.kept_too_long(appointment):
                appointment.expire()
                self.slots[appointment.day].give_back(appointment.needs[0]["hours_milli"])

    @invariant()
    def no_more_is_given_away_than_there_is(self) -> None:
        booked = sum(slot.booked_hours_milli for slot in self.slots.values())
        assert booked == self.hours("held", "confirmed")
        assert all(0 <= slot.booked_hours_milli <= HOURS for slot in self.slots.values())

    @invariant()
    def all_that_is_pending_could_be_confirmed(self) -> None:
        """Two pending requests never lean on the same hours."""
        for day, slot in self.slots.items():
            living = [each.needs[0]["hours_milli"] for each in self.in_state("held", "confirmed") if each.day == day]
            assert sum(living) <= slot.offered_hours_milli


@pytest.mark.usefixtures("at_noon", "stack")
def test_no_story_of_a_diary_gives_hours_away_twice() -> None:
    """Reliability M7."""
    run_state_machine_as_test(Diary, settings=settings(max_examples=100, stateful_step_count=40, derandomize=True))


class Slots(RuleBasedStateMachine):
    """Reliability M7, in memory: whoever takes and gives back, no more is given away than there is."""

    def __init__(self) -> None:
        super().__init__()
        self.slot = CapacitySlot.stub(uuid5(NAMESPACE_OID, "slot"), "sh01")
        self.slot.day, self.slot.skill, self.slot.bay_group = date(2026, 11, 21), "mechanical", "lift"
        self.slot.offered_hours_milli = 8_000
        self.given: list[int] = []

    @rule(hours=st.integers(1, 4_000))
    def take(self, hours: int) -> None:
        before = self.slot.free_hours_milli
        if hours <= before:
            self.slot.take(hours)
            self.given.append(hours)
            return
        with pytest.raises(Refused) as refused:
            self.slot.take(hours)
        assert (refused.value.code, self.slot.free_hours_milli) == ("no_capacity", before)

    @rule(pick=st.randoms(use_true_random=False))
    def give_back(self, pick: random.Random) -> None:
        if self.given:
            self.slot.give_back(self.given.pop(pick.randrange(len(self.given))))

    @invariant()
    def never_oversold(self) -> None:
        assert self.slot.booked_hours_milli == sum(self.given) <= 8_000


@pytest.mark.usefixtures("at_noon")
def test_no_sequence_of_taking_and_giving_back_oversells_a_slot() -> None:
    """Reliability M7."""
    run_state_machine_as_test(Slots, settings=settings(max_examples=100, stateful_step_count=30, derandomize=True))


async def test_holds_expire_while_others_hold_move_and_call_off(counter: Counter, tomorrow: datetime) -> None:
    """R1: what is given back in the same moment in which it is wanted is had once; a hold that is over is never confirmed."""
    luck, later = random.Random(7), tomorrow + timedelta(days=1)
    days = (tomorrow.date(), later.date())
    await counter.made_policy("appointments", {"arrivals_at_once": 100})
    await counter.hear(capacity(days[0], 9_000), capacity(days[1], 9_000))
    customer = await counter.a_customer()
    cars = [{"customer_id": customer["id"], "vehicle_id": (await counter.a_vehicle(customer["id"]))["id"]} for _ in range(4)]

    async def a_hold(**fields: object) -> Told:
        at = luck.choice((tomorrow, later)) + timedelta(minutes=30 * luck.randrange(3))
        answer = await counter.post("/stores/sh01/appointments", wish(luck.choice(cars), at, 2_000, **fields))
        assert answer.status_code == 201 or answer.json()["code"] in ("no_capacity", "busy"), answer.text
        return dict(answer.json()) if answer.status_code == 201 else {}

    for lap in range(3):
        old = [held for _ in range(6) if (held := await a_hold())]
        booked = [held for _ in range(2) if (held := await a_hold(confirmed=True))]
        assert old or booked
        with clock.stopped(clock.now() + timedelta(minutes=20 * (lap + 1))):
            confirming = [counter.post(f"/appointments/{held['id']}/confirmation", version=1) for held in old]
            moving = [
                counter.post(
                    f"/appointments/{each['id']}/rescheduling",
                    {"starts_at": later.isoformat(), "reason_code": "x"},
                    version=each["version"],
                )
                for each in booked[:1]
            ]
            leaving = [
                counter.post(f"/appointments/{each['id']}/cancellation", {"reason_code": "x"}, version=each["version"])
                for each in booked[1:]
            ]
            late, *_ = await asyncio.gather(
                asyncio.gather(*confirming),
                asyncio.gather(*moving, *leaving),
                asyncio.gather(*(a_hold() for _ in range(6))),
                fall_due(counter, "expire"),
            )
            assert all(answer.status_code != 200 for answer in late), "nobody books what was kept too long ago"
            await agree(counter, days)
