"""What can be read of claims."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.claims.domain import AuthorisedOrder, Claim, Vehicle, WarrantyPolicy
from services.claims.domain.warranty import NAME
from shared.refusal import Unknown


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """A claim with its lines and payments, and what it is judged by."""

    claim: Claim
    repair: AuthorisedOrder
    vehicle: Vehicle | None


def claims(store_id: str | None, state: str | None) -> Select[Claim]:
    """Claims of one store or of all that the caller sees, in one state or in any; expected ones are none yet."""
    query = select(Claim).where(Claim.state == state if state else Claim.state != "expected")
    if store_id:
        query = query.where(Claim.store_id == store_id)
    return query


async def claim_file(session: AsyncSession, claim_id: UUID) -> ClaimFile:
    """One claim with everything around it."""
    claim = await session.get(Claim, claim_id, options=[selectinload(Claim.lines), selectinload(Claim.payments)])
    if claim is None or claim.state == "expected":
        raise Unknown("claim")
    repair = await session.get_one(AuthorisedOrder, claim.ro_id)
    vehicle = await session.get(Vehicle, repair.vehicle_id)
    return ClaimFile(claim, repair, vehicle if vehicle and vehicle.identified_version else None)


def policies(store_ids: list[str] | None) -> Select[WarrantyPolicy]:
    """Warranty policies of these stores (None = of all)."""
    query = select(WarrantyPolicy).where(WarrantyPolicy.name == NAME)
    return query.where(WarrantyPolicy.store_id.in_(store_ids)) if store_ids else query
