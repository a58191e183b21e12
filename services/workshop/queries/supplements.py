"""What was found on a job."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Supplement


async def supplements_of(job_id: UUID, session: AsyncSession) -> Sequence[Supplement]:
    """The job's supplements, oldest first."""
    return (await session.scalars(select(Supplement).where(Supplement.job_id == job_id).order_by(Supplement.id))).all()
