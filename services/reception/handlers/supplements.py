"""Supplements: hearing what the workshop found, pricing it, keeping the customer's decision."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.reception.commands.estimates import DecideSupplement, PricedFinding, PriceSupplement
from services.reception.domain import Estimate, EstimateLine, RepairOrder, RepairOrderLine, Supplement
from services.reception.domain.decisions import DeferredItem
from services.reception.domain.estimates import EstimateTerms
from services.reception.domain.kinds import COSTS_APPROVED, refuse_channel
from services.reception.domain.price_lists import PriceList
from services.reception.domain.supplements import SupplementTerms
from services.reception.handlers.approvals import use_approval
from services.reception.handlers.decisions import close_deferred, keep_decisions, proof_of
from services.reception.handlers.operations import safety_items
from services.reception.handlers.prices import agree_on_prices, price_list_for
from services.reception.handlers.progress import lines_and_progress
from services.reception.handlers.timeline import tell_customer
from services.reception.handlers.visits import keep_visit
from shared import clock
from shared.database import new_id
from shared.events.reception import LineDecision
from shared.events.workshop import SupplementProposed
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid, Refused

_AS_PROPOSED = ("kind", "op_code", "part_no", "flat_hours_milli", "quantity_milli", "concern_code")


async def keep_supplement(event: SupplementProposed, session: AsyncSession) -> None:
    """Keep what the workshop found."""
    supplement = await session.get_one(Supplement, event.about.subject)
    supplement.propose(event)


async def price_supplement(
    supplement_id: UUID, command: PriceSupplement, roles: Collection[str], session: AsyncSession
) -> Supplement:
    """Put a price to it, in place of the price before: an estimate of its own within the order."""
    supplement = await session.get_one(Supplement, supplement_id)
    order = await _order(supplement, session)
    priced = {line.line_id: line for line in command.lines}
    if len(priced) != len(command.lines):
        raise Invalid("body.lines", "line_repeated", "Each line is priced once.")
    estimate_id = new_id()
    supplement.offer(estimate_id, set(priced), [left.model_dump(mode="json") for left in command.not_offered])
    prices = await price_list_for(order, (line["op_code"] or line["part_no"] for line in supplement.lines), session)
    lines = _lines(order, supplement, priced, prices)
    estimate = order.propose_supplement(lines, supplement.id)
    await agree_on_prices(order, lines, roles, command, session)
    estimate.id = estimate_id
    estimate.stand(await terms_in_force(EstimateTerms, order.store_id, session))
    session.add(estimate)
    announce(session, estimate.issued())
    tell_customer(order, "supplement_offered", session, total_fen=estimate.total_fen)
    return supplement


def _lines(
    order: RepairOrder, supplement: Supplement, priced: dict[UUID, PricedFinding], prices: PriceList
) -> list[EstimateLine]:
    """The proposed lines with their prices, as lines of the order; Invalid('part_without_labour') for a part whose operation is
    not offered."""
    ids = {id: new_id() for id in priced}
    made: list[EstimateLine] = []
    for position, (id, price) in enumerate(priced.items()):
        found = next(line for line in supplement.lines if line["line_id"] == str(id))
        serves = UUID(found["labour_line_id"]) if found["labour_line_id"] else None
        if serves is not None and serves != supplement.job_id and serves not in ids:
            place = f"body.lines.{position}.line_id"
            raise Invalid(place, "part_without_labour", "The operation that this part is for is not offered.")
        proposed = {name: found[name] for name in _AS_PROPOSED}
        wording = prices.complete(f"body.lines.{position}", proposed | price.model_dump(exclude={"line_id"}))
        wording["list_hours_milli"] = None  # the workshop saw the car; its hours are not the advisor's to answer for
        made.append(
            EstimateLine(
                id=ids[id], store_id=order.store_id, ro_id=order.id, position=position, proposed_line_id=id,
                labour_line_id=ids.get(serves, serves) if serves else None, **wording,
            )
        )  # fmt: skip
    return made


async def decide_supplement(supplement_id: UUID, command: DecideSupplement, session: AsyncSession) -> Supplement:
    """The customer decides: approved lines join the work, the others are remembered for next time."""
    supplement = await session.get_one(Supplement, supplement_id)
    order = await _order(supplement, session)
    supplement.refuse_another_decision()
    order.only_orders_in_work_grow()
    estimate = await _estimate(supplement, session)
    by_proposal = {line.proposed_line_id: line.id for line in estimate.lines}
    graded = {line.id: supplement.severity_of(line.proposed_line_id) for line in estimate.lines if line.proposed_line_id}
    severities = graded | await safety_items(estimate.lines, session)
    decisions = await keep_decisions(
        order, estimate, command, severities, session, key=lambda line_id: by_proposal.get(line_id, line_id)
    )
    agreed, progress = await lines_and_progress(order.id, session)
    added = [
        RepairOrderLine.agreed(line, supplement.id) for line in estimate.lines if decisions[line.id].decision == "approved"
    ]
    if added:  # who declines agrees to no price
        estimate.refuse_expired()
    added_fen = sum(line.amount_fen for line in added)
    terms = await terms_in_force(SupplementTerms, order.store_id, session)
    refuse_channel(order.order_kind, command.channel)
    unseen = order.order_kind in COSTS_APPROVED  # no customer looks at what it costs
    if added and (unseen or order.exceeds(agreed, added_fen, terms.manager_above_bp)):
        values = {"supplement_id": str(supplement.id), "approved_fen": added_fen}
        await use_approval(command.approval_id, "over_ceiling", order.id, values, session)
    told = [
        *(LineDecision(line_id=line.proposed_line_id or line.id, decision=decisions[line.id].decision,
                       reason_code=decisions[line.id].reason_code) for line in estimate.lines),
        *(LineDecision(line_id=UUID(left["line_id"]), decision="not_offered", reason_code=left["reason_code"])
          for left in supplement.not_offered),
    ]  # fmt: skip
    announce(session, supplement.decide(told, added_fen, command.channel))
    tell_customer(order, "supplement_decided", session, approved_fen=added_fen)
    session.add_all([proof_of(order, estimate, command, added), *added])
    if command.promised_at is not None and command.promised_at != order.promised_at:
        announce(session, order.change_promise(command.promised_at, "supplement"))
        tell_customer(order, "promise_changed", session, promised_at=command.promised_at.isoformat())
    if added:
        whole = [*agreed, *added]
        announce(session, order.authorised_work(whole))
        order.follow(whole, progress)
        await keep_visit(order, session, whole)
        await close_deferred(order, added, session)
    return supplement


async def withdraw_supplement(supplement_id: UUID, session: AsyncSession) -> Supplement:
    """Not on this visit: what was proposed is remembered for next time."""
    supplement = await session.get_one(Supplement, supplement_id)
    order = await _order(supplement, session)
    supplement.withdraw()
    offered = (await _estimate(supplement, session)).lines if supplement.estimate_id else []
    priced = {line.proposed_line_id: line.amount_fen for line in offered}
    session.add_all(
        DeferredItem(
            id=UUID(line["line_id"]), vehicle_id=order.vehicle_id, customer_id=order.customer_id, store_id=order.store_id,
            ro_id=order.id, code=line["op_code"] or line["part_no"], description=line["finding"],
            amount_fen=priced.get(UUID(line["line_id"]), 0), severity=line["severity"], decision="deferred",
            reason_code="withdrawn", remind_on=None, decided_at=clock.now(), state="open", done_ro_id=None,
        )
        for line in supplement.lines
        if line["kind"] == "labour" or line["labour_line_id"] == str(supplement.job_id)
    )  # fmt: skip
    return supplement


async def _order(supplement: Supplement, session: AsyncSession) -> RepairOrder:
    return await session.get_one(RepairOrder, supplement.ro_id, with_for_update=True)


async def _estimate(supplement: Supplement, session: AsyncSession) -> Estimate:
    found = select(Estimate).where(Estimate.id == supplement.estimate_id).options(selectinload(Estimate.lines))
    estimate = await session.scalar(found)
    if estimate is None:
        raise Refused("not_priced", "Put a price to it first.", state=supplement.state)
    return estimate
