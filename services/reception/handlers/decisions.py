"""Keeping what customers decide, and the work that they put off."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.estimates import Authorise, DecideSupplement
from services.reception.domain import Authorisation, DeferredItem, Estimate, RepairOrder, RepairOrderLine
from services.reception.domain.authorisations import as_kept, digest_of
from services.reception.domain.decisions import Said, decide, deferred, noted
from services.reception.handlers.signatures import sign
from shared import clock


async def keep_decisions(
    order: RepairOrder,
    estimate: Estimate,
    command: Authorise | DecideSupplement,
    severities: Mapping[UUID, str],
    session: AsyncSession,
    key: Callable[[UUID], UUID] = lambda line_id: line_id,
) -> dict[UUID, Said]:
    """What was decided of each line of the estimate, kept with its proof; waivers are signed, work put off is remembered.

    `severities` are grades that were given before; `key` leads from the ids in the request to those of the estimate's lines."""
    said = {
        key(choice.line_id): Said(
            choice.decision,
            severities.get(key(choice.line_id), choice.severity),
            choice.reason_code,
            choice.remind_on,
            waived=choice.waiver is not None,
        )
        for choice in command.decisions
    }
    decisions = decide(estimate.lines, said)
    proof = {"channel": command.channel, "evidence": command.evidence, "decided_by": command.authorised_by}
    session.add_all(noted(estimate.lines, decisions, estimate.id, proof))
    session.add_all(deferred(estimate.lines, decisions, vehicle_id=order.vehicle_id, customer_id=order.customer_id))
    lines = {line.id: line for line in estimate.lines}
    for choice in command.decisions:
        if choice.waiver is not None:
            line = lines[key(choice.line_id)]
            content = {"ro_id": str(order.id), "line_id": str(line.id), "code": line.code,
                       "description": line.description, "amount_fen": line.amount_fen, "decision": choice.decision}  # fmt: skip
            await sign(order, "waiver", content, choice.waiver, session)
    return decisions


def proof_of(
    order: RepairOrder, estimate: Estimate, command: Authorise | DecideSupplement, lines: Sequence[RepairOrderLine]
) -> Authorisation:
    """The proof of what was agreed: these lines, word for word."""
    agreed = order.agreement(lines)
    return Authorisation(
        ro_id=order.id,
        store_id=order.store_id,
        estimate_id=estimate.id,
        channel=command.channel,
        evidence=command.evidence,
        authorised_by=command.authorised_by,
        authorised_at=clock.now(),
        sha256=digest_of(agreed),
        agreed=as_kept(agreed),
    )


async def reopen_deferred(order: RepairOrder, lines: Sequence[RepairOrderLine], session: AsyncSession) -> None:
    """What was put off on an earlier visit and was to be done with these lines is open again."""
    codes = {line.code for line in lines}
    closed = select(DeferredItem).where(DeferredItem.done_ro_id == order.id, DeferredItem.code.in_(codes))
    for item in await session.scalars(closed.order_by(DeferredItem.id).with_for_update()):
        item.reopen()


async def close_deferred(order: RepairOrder, lines: Sequence[RepairOrderLine], session: AsyncSession) -> None:
    """What was put off on an earlier visit and is agreed to now is open no more."""
    codes = {line.code for line in lines}
    earlier = select(DeferredItem).where(
        DeferredItem.vehicle_id == order.vehicle_id,
        DeferredItem.state == "open",
        DeferredItem.ro_id != order.id,
        DeferredItem.code.in_(codes),
    )
    for item in await session.scalars(earlier.order_by(DeferredItem.id).with_for_update()):
        item.do(order.id)
