"""Setting policies, and finding the terms in force."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.policies import SetPolicy
from services.reception.domain import ReceptionPolicy
from services.reception.domain.policies import Terms, checked
from shared import clock

T = TypeVar("T", bound=Terms)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('reception policies'), hashtext(:store_id))")


async def terms_in_force(kind: type[T], store_id: str, session: AsyncSession, at: datetime | None = None) -> T:
    """The terms that the store is judged by at that moment (now, when left out)."""
    return kind.under(await session.scalar(ReceptionPolicy.in_force(kind.NAME, store_id, at or clock.now())))


async def set_policy(store_id: str, name: str, command: SetPolicy, session: AsyncSession) -> ReceptionPolicy:
    """Add a version of a store's policy, or of the group's ('all')."""
    value = checked(name, command.value)
    await session.execute(_ONE_AT_A_TIME, {"store_id": store_id})
    versions = select(func.coalesce(func.max(ReceptionPolicy.version), 0)).where(
        ReceptionPolicy.name == name, ReceptionPolicy.store_id == store_id
    )
    policy = ReceptionPolicy(
        store_id=store_id,
        name=name,
        version=(await session.scalars(versions)).one() + 1,
        valid_from=command.valid_from or clock.now(),
        value=value,
    )
    session.add(policy)
    await session.flush()
    return policy
