"""What claims does with warranty policies: add versions, never change one."""

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.claims.commands import KeepWarrantyPolicy
from services.claims.domain import WarrantyPolicy
from services.claims.domain.warranty import NAME

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('warranty policies of ' || :store_id))")


async def keep_policy(store_id: str, command: KeepWarrantyPolicy, session: AsyncSession) -> WarrantyPolicy:
    """Add a policy version for a store, or for 'all'."""
    await session.execute(_ONE_AT_A_TIME, {"store_id": store_id})
    versions = select(func.coalesce(func.max(WarrantyPolicy.version), 0)).where(
        WarrantyPolicy.name == NAME, WarrantyPolicy.store_id == store_id
    )
    policy = WarrantyPolicy(
        store_id=store_id,
        name=NAME,
        version=(await session.scalars(versions)).one() + 1,
        valid_from=command.valid_from,
        value=command.model_dump(exclude={"valid_from"}),
    )
    session.add(policy)
    await session.flush()
    return policy
