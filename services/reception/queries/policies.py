"""Reading policies."""

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import ReceptionPolicy
from services.reception.domain.policies import Terms
from shared import clock


def versions(*, store_id: str | None, name: str | None) -> Select[ReceptionPolicy]:
    """All versions that were ever set, of the caller's stores and of the group."""
    found = select(ReceptionPolicy)
    if store_id is not None:
        found = found.where(ReceptionPolicy.store_id == store_id)
    if name is not None:
        found = found.where(ReceptionPolicy.name == name)
    return found


async def all_in_force(store_id: str, session: AsyncSession) -> dict[str, tuple[Terms, ReceptionPolicy | None]]:
    """By name, the terms that the store is judged by now, and the version that set them (None: the defaults)."""
    found: dict[str, tuple[Terms, ReceptionPolicy | None]] = {}
    for name, kind in sorted(Terms.KINDS.items()):
        policy = await session.scalar(ReceptionPolicy.in_force(name, store_id, clock.now()))
        found[name] = kind.under(policy), policy
    return found
