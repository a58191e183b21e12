"""Finding and reading invoices, deposits and payers' history."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from sqlalchemy.sql.base import ExecutableOption

from services.reception.domain import CreditNote, Customer, Deposit, Invoice, PayerChange, RepairOrderLine
from shared import clock
from shared.settings import stores

WHOLE: tuple[ExecutableOption, ...] = (
    selectinload(Invoice.lines),
    selectinload(Invoice.payments),
    selectinload(Invoice.credit_notes).selectinload(CreditNote.lines),
)
"""Everything that belongs to an invoice."""


async def invoices_of(ro_id: UUID, session: AsyncSession) -> Sequence[Invoice]:
    """The order's invoices with all that belongs to them, what was not flushed yet included."""
    return (await session.scalars(Invoice.of_order(ro_id))).all()


async def invoice(id: UUID, session: AsyncSession) -> Invoice:
    """One invoice with all that belongs to it; NoResultFound when there is none for the caller."""
    return (await session.scalars(Invoice.with_payments(id))).one()


def invoices(
    *,
    store_id: str | None = None,
    payer: str | None = None,
    customer_id: UUID | None = None,
    only_open: bool = False,
    on_account: bool = False,
    overdue: bool = False,
    issued_from: datetime | None = None,
    issued_before: datetime | None = None,
) -> Select[Invoice]:
    """Invoices that fit all given filters.  Overdue: the agreed day is over in the store's zone and something is open."""
    given = {"store_id": store_id, "payer": payer}
    found = select(Invoice).filter_by(**{name: value for name, value in given.items() if value is not None})
    if customer_id is not None:
        found = found.where(Invoice.customer_id.in_(Customer.same_file(customer_id)))
    if only_open or overdue:
        found = found.where(Invoice.amount_fen - Invoice.credited_fen > Invoice.paid_fen)
    if on_account:
        found = found.where(Invoice.on_account_fen > 0)
    if overdue:
        first = min(clock.day_in(store.time_zone) for code, store in stores().items() if store_id in (None, code))
        found = found.where(Invoice.due_on < first)
    if issued_from is not None:
        found = found.where(Invoice.issued_at >= issued_from)
    if issued_before is not None:
        found = found.where(Invoice.issued_at < issued_before)
    return found.options(*WHOLE)


async def deposits_of(ro_id: UUID, session: AsyncSession) -> Sequence[Deposit]:
    """What was taken for the order before its bill, oldest first."""
    return (await session.scalars(select(Deposit).where(Deposit.ro_id == ro_id).order_by(Deposit.id))).all()


async def payer_changes_of(ro_id: UUID, session: AsyncSession) -> Sequence[PayerChange]:
    """Who paid what before, oldest first."""
    of_order = PayerChange.ro_line_id.in_(select(RepairOrderLine.id).where(RepairOrderLine.ro_id == ro_id))
    return (await session.scalars(select(PayerChange).where(of_order).order_by(PayerChange.id))).all()
