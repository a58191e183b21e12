"""Remembering complaints for the customer's next visit."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import CustomerComplaint
from shared.cause import cause
from shared.events.followup import ComplaintOpened


async def keep_complaint(event: ComplaintOpened, session: AsyncSession) -> None:
    """A complaint is opened once and this fact tells whose it is, so that repeating it changes nothing."""
    complaint = await session.get_one(CustomerComplaint, event.about.subject)
    complaint.customer_id, complaint.cause_id = event.customer_id, cause().id
