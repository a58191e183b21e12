"""Giving times and hours away, and taking them back.  The car is locked before the appointment, this before the slots in the
order of their ids, then the arrival slots in the order of their times."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.appointments import AnswerReminder, CancelAppointment, HoldAppointment, Need, Reschedule
from services.reception.domain import Appointment, ArrivalSlot, CapacitySlot, Customer, RepairOrder, Vehicle
from services.reception.domain.appointments import AppointmentTerms
from services.reception.handlers.customers import open_file
from shared import clock
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid, Refused
from shared.settings import stores


async def hold_appointment(store_id: str, command: HoldAppointment, session: AsyncSession) -> Appointment:
    """Keep time and hours; booked at once where the customer says yes at once.  Refused('customer_merged')."""
    # the new row's reference locks the car anyway: before the slots, as a check-in does, so that neither waits for the other
    if await session.get(Vehicle, command.vehicle_id, with_for_update={"read": True, "key_share": True}) is None:
        raise Invalid("body.vehicle_id", "vehicle_unknown", "There is no such vehicle.")
    await open_file(command.customer_id, session)
    terms = await terms_in_force(AppointmentTerms, store_id, session)
    appointment = Appointment(
        store_id=store_id, **command.model_dump(exclude={"needs", "confirmed", "services"}), services=list(command.services),
        needs=[],
    )  # fmt: skip
    appointment.hold(terms)
    slots = await _slots_of(store_id, appointment.day, command.needs, session)
    appointment.needs = _needs(command.needs, slots)
    for slot in slots:
        slot.take(_hours(appointment.needs)[slot.id])
    await _call(store_id, appointment.starts_at, terms, session)
    session.add(appointment)
    if command.confirmed:
        announce(session, appointment.confirm())
    return appointment


async def confirm_appointment(appointment_id: UUID, session: AsyncSession) -> Appointment:
    """The customer says yes to what was held."""
    appointment = await session.get_one(Appointment, appointment_id)
    announce(session, appointment.confirm())
    return appointment


async def reschedule(appointment_id: UUID, command: Reschedule, session: AsyncSession) -> Appointment:
    """Take the new time and hours, then give back the old ones; all or nothing."""
    appointment = await session.get_one(Appointment, appointment_id)
    terms = await terms_in_force(AppointmentTerms, appointment.store_id, session)
    old, before = list(appointment.needs), appointment.starts_at
    said = appointment.move_to(command.starts_at, command.reason_code, terms)
    wanted = [Need.model_validate({name: need[name] for name in Need.model_fields}) for need in old]
    keys = [(appointment.day, need.skill, need.bay_group) for need in wanted]
    locked = await _locked(_by_key(appointment.store_id, keys, (UUID(need["slot_id"]) for need in old)), session)
    slots = _chosen(locked, keys)
    appointment.needs = _needs(wanted, slots)
    freed, taken = _hours(old), _hours(appointment.needs)
    for slot in locked:
        slot.give_back(freed[slot.id])
        if taken[slot.id]:
            slot.take(taken[slot.id])
    if appointment.starts_at != before:
        await _lock_arrivals(appointment.store_id, (before, appointment.starts_at), session)
        await _call(appointment.store_id, appointment.starts_at, terms, session)
        await _uncall(appointment.store_id, before, session)
    announce(session, said)
    return appointment


async def cancel_appointment(appointment_id: UUID, command: CancelAppointment, session: AsyncSession) -> Appointment:
    """Call it off."""
    appointment = await session.get_one(Appointment, appointment_id)
    await _cancel(appointment, command.reason_code, command.cancelled_by, session)
    return appointment


async def answer_reminder(appointment_id: UUID, command: AnswerReminder, session: AsyncSession) -> Appointment:
    """What the customer said; a no frees time and hours at once."""
    appointment = await session.get_one(Appointment, appointment_id)
    appointment.answer(command.reply)
    if command.reply == "cancel":
        await _cancel(appointment, "answered_reminder", "customer", session)
    return appointment


async def expire(appointment: Appointment, session: AsyncSession) -> None:
    """Nobody said yes in time."""
    appointment.expire()
    await _give_back(appointment, session)


async def remind(appointment: Appointment, session: AsyncSession) -> None:
    """The day before has come."""
    announce(session, appointment.remind())


async def mark_no_show(appointment: Appointment, session: AsyncSession) -> None:
    """The day is over: its hours are nobody's any more."""
    announce(session, appointment.miss())
    await _give_back(appointment, session)


async def arrive(appointment_id: UUID, order: RepairOrder, session: AsyncSession) -> None:
    """The appointed car is here."""
    appointment = await session.get(Appointment, appointment_id, with_for_update=True)
    if appointment is None or appointment.store_id != order.store_id:
        raise Invalid("body.appointment_id", "appointment_unknown", "There is no such appointment.")
    same_file = (await session.scalars(Customer.same_file(order.customer_id))).all()
    appointment.arrive(same_file, order.vehicle_id)
    order.appointment_id = appointment.id


async def insert_walk_in(order: RepairOrder, needs: Sequence[Need], session: AsyncSession) -> None:
    """A car without appointment takes hours of today, even more than are free: it is here."""
    today = clock.day_in(stores()[order.store_id].time_zone)
    slots = await _slots_of(order.store_id, today, needs, session)
    walk_in = Appointment(
        store_id=order.store_id, customer_id=order.customer_id, vehicle_id=order.vehicle_id, starts_at=clock.now(), day=today,
        needs=_needs(needs, slots), services=[], channel="walk_in", advisor=order.advisor,
    )  # fmt: skip
    hours = _hours(walk_in.needs)
    walk_in.walk_in(overbooked=any(slot.free_hours_milli < hours[slot.id] for slot in slots))
    for slot in slots:
        slot.take(hours[slot.id], the_car_is_here=True)
    session.add(walk_in)
    order.appointment_id = walk_in.id


async def call_off(appointment_id: UUID, reason_code: str, session: AsyncSession) -> None:
    """The car that came goes home without the work: its hours are free again."""
    appointment = await session.get_one(Appointment, appointment_id, with_for_update=True)
    appointment.cancel(reason_code, "store")
    await _give_back(appointment, session)


async def _cancel(appointment: Appointment, reason_code: str, by: str, session: AsyncSession) -> None:
    if said := appointment.cancel(reason_code, by):
        announce(session, said)
    await _give_back(appointment, session)


async def _give_back(appointment: Appointment, session: AsyncSession) -> None:
    hours = _hours(appointment.needs)
    for slot in await _locked(select(CapacitySlot).where(CapacitySlot.id.in_(hours)), session):
        slot.give_back(hours[slot.id])
    await _uncall(appointment.store_id, appointment.starts_at, session)


async def _slots_of(store_id: str, day: date, needs: Iterable[Need], session: AsyncSession) -> list[CapacitySlot]:
    """The day's slots for these needs, locked.  Refused('no_capacity') where the workshop offers nothing."""
    keys = [(day, need.skill, need.bay_group) for need in needs]
    return _chosen(await _locked(_by_key(store_id, keys, ()), session), keys)


def _by_key(store_id: str, keys: Sequence[tuple[date, str, str]], ids: Iterable[UUID]) -> Any:
    key = tuple_(CapacitySlot.day, CapacitySlot.skill, CapacitySlot.bay_group)
    return select(CapacitySlot).where(CapacitySlot.store_id == store_id, key.in_(keys) | CapacitySlot.id.in_(list(ids)))


async def _locked(found: Any, session: AsyncSession) -> list[CapacitySlot]:
    return list(await session.scalars(found.order_by(CapacitySlot.id).with_for_update()))


def _chosen(locked: Sequence[CapacitySlot], keys: Sequence[tuple[date, str, str]]) -> list[CapacitySlot]:
    by_key = {(slot.day, slot.skill, slot.bay_group): slot for slot in locked}
    for day, skill, group in keys:
        if (day, skill, group) not in by_key:
            raise Refused(
                "no_capacity", "The workshop offers nothing of this that day.", day=day.isoformat(), skill=skill,
                bay_group=group, free_hours_milli=0,
            )  # fmt: skip
    return [slot for slot in locked if (slot.day, slot.skill, slot.bay_group) in keys]


def _needs(needs: Iterable[Need], slots: Sequence[CapacitySlot]) -> list[dict[str, Any]]:
    ids = {(slot.skill, slot.bay_group): slot.id for slot in slots}
    return [{"slot_id": str(ids[need.skill, need.bay_group]), **need.model_dump()} for need in needs]


def _hours(needs: Iterable[Mapping[str, Any]]) -> Counter[UUID]:
    return Counter({UUID(need["slot_id"]): need["hours_milli"] for need in needs})


async def _lock_arrivals(store_id: str, times: Iterable[datetime], session: AsyncSession) -> None:
    found = select(ArrivalSlot).where(ArrivalSlot.store_id == store_id, ArrivalSlot.starts_at.in_(list(times)))
    await session.scalars(found.order_by(ArrivalSlot.starts_at).with_for_update())


async def _call(store_id: str, starts_at: datetime, terms: AppointmentTerms, session: AsyncSession) -> None:
    made = insert(ArrivalSlot).values(store_id=store_id, starts_at=starts_at, arrivals=0)
    await session.execute(made.on_conflict_do_nothing())
    slot = await session.get_one(ArrivalSlot, (store_id, starts_at), with_for_update=True)
    slot.call(terms.arrivals_at_once)


async def _uncall(store_id: str, starts_at: datetime, session: AsyncSession) -> None:
    slot = await session.get(ArrivalSlot, (store_id, starts_at), with_for_update=True)
    if slot is not None:
        slot.give_back()
