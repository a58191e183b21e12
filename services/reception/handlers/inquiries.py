"""Completing and correcting the inquiry sheet."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.inquiries import CompleteInquiry
from services.reception.domain import Inquiry, RepairOrder


async def complete_inquiry(ro_id: UUID, command: CompleteInquiry, session: AsyncSession) -> Inquiry:
    """The sheet says this from now on; what it said before is kept."""
    order = await session.get_one(RepairOrder, ro_id)
    inquiry = order.complete_inquiry(**command.model_dump(mode="json"))
    session.add(inquiry)
    return inquiry
