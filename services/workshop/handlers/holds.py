"""Keeping what cars and jobs wait for: derived anew from what was said of each thing whenever something is heard of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import AuthorisedOrder, Hold, JobPart, Sublet, Supplement
from services.workshop.domain.holds import HoldReason, OpenStretch


async def keep_short_parts(parts: Iterable[JobPart], order: AuthorisedOrder, session: AsyncSession) -> None:
    """What of these part lines is, or was, waited for."""
    for part in parts:
        if any(each["stage"] == "backordered" for each in part.stages):
            await _keep(part.id, part.job_id, order, {"wait_parts": part.short(order)}, session)


async def keep_waiting_supplements(supplements: Iterable[Supplement], order: AuthorisedOrder, session: AsyncSession) -> None:
    """How long these findings wait, or waited, for the advisor and for the customer."""
    for supplement in supplements:
        await _keep(supplement.id, supplement.job_id, order, supplement.waits(order), session)


async def keep_lendings(order: AuthorisedOrder, session: AsyncSession) -> None:
    """When the customer has, or had, the car meanwhile."""
    if order.lendings:
        await _keep(order.id, None, order, {"lent_back": order.lent()}, session)


async def open_sublet(sublet: Sublet, session: AsyncSession) -> None:
    """The firm has the car, or what a job needs, from now on."""
    if sublet.sent_at is not None and (sublet.takes_car or sublet.job_id is not None):
        session.add(
            Hold(
                about_id=sublet.id,
                reason="sublet",
                opened_at=sublet.sent_at,
                store_id=sublet.store_id,
                ro_id=sublet.ro_id,
                job_id=None if sublet.takes_car else sublet.job_id,
            )
        )


async def close_sublet(sublet: Sublet, at: datetime, session: AsyncSession) -> None:
    """It is back, or nobody waits for it any more."""
    lasts = (Hold.about_id == sublet.id, Hold.reason == "sublet", Hold.closed_at.is_(None))
    if hold := await session.scalar(select(Hold).where(*lasts)):
        if hold.opened_at < at:
            hold.closed_at = at
        else:
            await session.delete(hold)


async def end_all(order: AuthorisedOrder, parts: Sequence[JobPart], session: AsyncSession) -> None:
    """Nothing is waited for any more: the order has ended."""
    rows = select(Supplement).where(Supplement.ro_id == order.id).order_by(Supplement.id).with_for_update()
    await keep_waiting_supplements((await session.scalars(rows)).all(), order, session)
    await keep_short_parts(parts, order, session)
    await keep_lendings(order, session)


async def _keep(
    about_id: UUID,
    job_id: UUID | None,
    order: AuthorisedOrder,
    derived: Mapping[HoldReason, Sequence[OpenStretch]],
    session: AsyncSession,
) -> None:
    """Make the rows say what was derived, and nothing else."""
    rows = await session.scalars(select(Hold).where(Hold.about_id == about_id, Hold.reason.in_(derived)))
    kept = {(row.reason, row.opened_at): row for row in rows}
    for reason, stretches in derived.items():
        for opened_at, closed_at in stretches:
            hold = kept.pop((reason, opened_at), None)
            if hold is None:
                hold = Hold(about_id=about_id, reason=reason, opened_at=opened_at, store_id=order.store_id, ro_id=order.id)
                session.add(hold)
            hold.job_id, hold.closed_at = job_id, closed_at
    for hold in kept.values():
        await session.delete(hold)
