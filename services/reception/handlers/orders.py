"""From the car's arrival to the customer's agreement, and its way home."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.estimates import Authorise, ChangePromise
from services.reception.commands.orders import CheckIn, Deliver
from services.reception.domain import (
    Customer,
    CustomerComplaint,
    Estimate,
    Handover,
    Invoice,
    LoungeTerms,
    Member,
    RepairOrder,
    RepairOrderLine,
    Vehicle,
    WalkAroundTerms,
    ro_number,
)  # fmt: skip
from services.reception.domain.deliveries import DeliveryTerms, months_after
from services.reception.handlers.appointments import arrive, insert_walk_in
from services.reception.handlers.comebacks import earlier_visit
from services.reception.handlers.customers import open_file
from services.reception.handlers.decisions import close_deferred, keep_decisions, proof_of
from services.reception.handlers.files import note_missing
from services.reception.handlers.kinds import agree_internally
from services.reception.handlers.numbers import next_number
from services.reception.handlers.operations import safety_items
from services.reception.handlers.rescues import call_to_answer
from services.reception.handlers.signatures import sign
from services.reception.handlers.timeline import tell_customer
from services.reception.handlers.visits import keep_visit
from shared import clock
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid, Refused
from shared.settings import stores


async def check_in(store_id: str, advisor: str, command: CheckIn, session: AsyncSession) -> RepairOrder:
    """Receive a car and open its repair order as a draft; `advisor` is who receives it."""
    call = await call_to_answer(store_id, command.rescue_call_id, session)
    vehicle = await session.get(Vehicle, command.vehicle_id, with_for_update=True)
    if vehicle is None:
        raise Invalid("body.vehicle_id", "vehicle_unknown", "There is no such vehicle.")
    customer = await open_file(command.customer_id, session)
    now = clock.now()
    order = RepairOrder(
        store_id=store_id,
        advisor=advisor,
        checked_in_at=now,
        opened_on=clock.day_in(stores()[store_id].time_zone, now),
        order_kind=command.kind,
        **command.model_dump(exclude={"order_kind", "rescue_call_id", "appointment_id", "walk_in_needs"}),
    )
    order.bring_forward(vehicle)
    vehicle.check_in(command.odometer_km, at=now, store_id=store_id, reset_reason=command.odometer_reset_reason)
    if command.appointment_id is not None:
        if command.walk_in_needs:
            raise Invalid("body.walk_in_needs", "appointed_already", "An appointed car takes the hours of its appointment.")
        await arrive(command.appointment_id, order, session)
    elif command.walk_in_needs:
        await insert_walk_in(order, command.walk_in_needs, session)
    order.comeback_of = await earlier_visit(order, session)
    order.open_complaint = await _flag_complaints(order, session)
    order.member_tier = await _tier(order, session)
    if order.waits:
        order.wait_from(now, await terms_in_force(LoungeTerms, store_id, session))
    session.add(order)
    if call is not None:
        call.open_order(order.id, order.order_kind, order.vehicle_id, order.customer_id)
    announce(session, order.check_in())
    inquiry = order.inquiry()
    await session.flush()  # the sheet's row refers to the order's
    session.add(inquiry)
    tell_customer(order, "received", session, odometer_km=order.odometer_km)
    await note_missing(order, customer, vehicle, session)
    await keep_visit(order, session)
    return order


async def _flag_complaints(order: RepairOrder, session: AsyncSession) -> bool:
    """Whether the customer complained since the last visit; from now on these complaints count as told."""
    flagged = await session.scalars(
        update(CustomerComplaint)
        .where(
            CustomerComplaint.customer_id.in_(Customer.same_file(order.customer_id)), CustomerComplaint.flagged_ro_id.is_(None)
        )
        .values(flagged_ro_id=order.id)
        .returning(CustomerComplaint.id)
    )
    return bool(flagged.all())


async def _tier(order: RepairOrder, session: AsyncSession) -> str | None:
    theirs = Member.customer_id.in_(Customer.same_file(order.customer_id))
    return await session.scalar(select(Member.tier).where(theirs, Member.ended_at.is_(None)).order_by(Member.id).limit(1))


async def authorise(ro_id: UUID, command: Authorise, session: AsyncSession) -> RepairOrder:
    """The customer agrees to the newest estimate, line by line: keep the proof, freeze the approved lines, give the order its
    number, and remember for next time what is not done now."""
    order = await session.get_one(RepairOrder, ro_id)
    estimate = await session.scalar(Estimate.numbered(ro_id, order.estimate_no))
    if estimate is None:
        raise Refused("nothing_estimated", "There is no estimate to agree to.")
    order.refuse_a_second_agreement()
    if order.state == "estimated":
        estimate.refuse_expired()
    await agree_internally(order, estimate, command, session)
    order.refuse_unseen(await terms_in_force(WalkAroundTerms, order.store_id, session))
    decisions = await keep_decisions(order, estimate, command, await safety_items(estimate.lines, session), session)
    lines = [RepairOrderLine.agreed(line) for line in estimate.lines if decisions[line.id].decision == "approved"]
    if not any(line.kind != "part" for line in lines):
        raise Refused("nothing_approved", "An order needs at least one approved job or service.")
    day = clock.day_in(stores()[order.store_id].time_zone)
    ro_no = ro_number(order.store_id, day, await next_number(order.store_id, "ro", day, session))
    order.ceiling_fen = command.ceiling_fen
    said = order.authorise(lines, ro_no, command.promised_at)
    session.add_all([proof_of(order, estimate, command, lines), *lines])
    await keep_visit(order, session, lines)
    announce(session, said)
    tell_customer(order, "authorised", session, promised_at=said.promised_at.isoformat())
    await close_deferred(order, lines, session)
    return order


async def change_promise(ro_id: UUID, command: ChangePromise, session: AsyncSession) -> RepairOrder:
    """Promise another time; who works on the car learns of it."""
    order = await session.get_one(RepairOrder, ro_id)
    announce(session, order.change_promise(command.promised_at, command.reason_code))
    tell_customer(order, "promise_changed", session, promised_at=command.promised_at.isoformat())
    if order.ro_no is not None:
        lines = (await session.scalars(RepairOrderLine.of_order(ro_id))).all()
        announce(session, order.authorised_work(lines))
    return order


async def deliver(ro_id: UUID, command: Deliver, session: AsyncSession) -> RepairOrder:
    """Hand the car over."""
    order = await session.get_one(RepairOrder, ro_id)
    lines = (await session.scalars(RepairOrderLine.of_order(ro_id))).all()
    invoices = (await session.scalars(Invoice.of_order(ro_id))).all()
    read, reason = command.odometer_km, command.odometer_reset_reason
    handover = await _handover(order, command, session)
    handover.only_known_delegates_take_the_key(signed=command.signature is not None)
    said = order.deliver(lines, invoices, read, handover, reason)
    if command.signature is not None:
        await sign(order, "pickup", {"ro_no": order.ro_no, **handover.kept()}, command.signature, session)
    if read is not None:  # the reading of this check-in may be older than what another store read since
        vehicle = await session.get_one(Vehicle, order.vehicle_id, with_for_update=True)
        vehicle.read_odometer(read, at=said.delivered_at, store_id=order.store_id, reset_reason=reason)
    await keep_visit(order, session)
    announce(session, said)
    tell_customer(order, "delivered", session)
    return order


async def _handover(order: RepairOrder, command: Deliver, session: AsyncSession) -> Handover:
    """What the advisor says of it, and when to come again as the store's policy says where the advisor says nothing."""
    terms = await terms_in_force(DeliveryTerms, order.store_id, session)
    today = clock.day_in(stores()[order.store_id].time_zone)
    read = order.odometer_km if command.odometer_km is None else command.odometer_km
    return Handover(
        handed_to=command.handed_to,
        relation=command.relation,
        identity_document=command.identity_document,
        identity_tail=command.identity_tail,
        old_parts=command.old_parts,
        washed=command.washed,
        covers_removed=command.covers_removed,
        next_service_on=command.next_service_on or months_after(today, terms.next_service_months),
        next_service_km=command.next_service_km or read + terms.next_service_km,
    )
