"""What the cars of an order wait, or waited, for."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Hold, Job


async def holds_of(job: Job, session: AsyncSession) -> Sequence[Hold]:
    """What the job waited for, its whole car included, oldest first."""
    found = select(Hold).where(Hold.ro_id == job.ro_id, or_(Hold.job_id.is_(None), Hold.job_id == job.id))
    return (await session.scalars(found.order_by(Hold.opened_at, Hold.about_id))).all()
