"""Reading invoices."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Invoice


async def invoices_of(ro_id: UUID, session: AsyncSession) -> Sequence[Invoice]:
    """The order's invoices with their lines and payments, what was not flushed yet included."""
    return (await session.scalars(Invoice.of_order(ro_id))).all()


async def invoice(id: UUID, session: AsyncSession) -> Invoice:
    """One invoice with its lines and payments; NoResultFound when there is none for the caller."""
    return (await session.scalars(Invoice.with_payments(id))).one()
