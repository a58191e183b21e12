"""What sublet work costs the house, and what agency services earn it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import RepairOrder, RepairOrderLine


@dataclass(frozen=True, slots=True)
class Margin:
    """One service: what is left of its price, tax not deducted."""

    line: RepairOrderLine

    @property
    def margin_fen(self) -> int:
        """Of sublet work the price less the firm's; of agency services the fee and the commission."""
        if self.line.kind == "sublet":
            return self.line.amount_fen - (self.line.cost_fen or 0)
        return (self.line.fee_fen or 0) + (self.line.commission_fen or 0)


async def margins_of(ro_id: UUID, session: AsyncSession) -> Sequence[Margin]:
    """Of the services of the order that hold.  NoResultFound when there is no such order for the caller."""
    await session.get_one(RepairOrder, ro_id)
    return [Margin(line) for line in await session.scalars(RepairOrderLine.of_order(ro_id)) if line.is_service]
