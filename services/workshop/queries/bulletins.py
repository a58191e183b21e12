"""Which bulletins there are, which fit a job, and how they were used."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Bulletin, BulletinUse, Job
from services.workshop.domain.bulletins import WEIGHTS
from shared.policies import ALL

MOST = 50


def bulletins() -> Select[Bulletin]:
    """All bulletins of the group and of the caller's stores."""
    return select(Bulletin)


async def uses(ids: Sequence[UUID], session: AsyncSession) -> dict[UUID, tuple[int, int]]:
    """How often each was used in the caller's stores, and how often it helped."""
    helped = func.count().filter(BulletinUse.helped)
    rows = select(BulletinUse.bulletin_id, func.count(), helped).where(BulletinUse.bulletin_id.in_(ids))
    return {id: (used, good) for id, used, good in await session.execute(rows.group_by(BulletinUse.bulletin_id))}


async def fitting(job: Job, model: str | None, today: date, session: AsyncSession) -> list[tuple[Bulletin, list[str]]]:
    """The valid bulletins that are meant for the job with the reasons why, the best fit first."""
    rows = await session.scalars(
        select(Bulletin).where(
            Bulletin.store_id.in_((job.store_id, ALL)),
            Bulletin.valid_from_on <= today,
            or_(Bulletin.valid_until_on.is_(None), Bulletin.valid_until_on >= today),
            or_(
                Bulletin.op_codes.contains([job.op_code]),
                Bulletin.concern_codes.contains([job.concern_code]),
                Bulletin.models.contains([model]),
            ),
        )
    )
    found = [(bulletin, bulletin.reasons(job, model)) for bulletin in rows]
    meant = [(bulletin, reasons) for bulletin, reasons in found if reasons]
    best = sorted(meant, key=lambda each: (-sum(WEIGHTS[reason] for reason in each[1]), each[0].number))
    return best[:MOST]
