"""What claims does with a claim on request: validate, submit, record the maker's decision and payments."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.claims.commands import DecideClaim, RecordPayment
from services.claims.domain import AuthorisedOrder, Claim, ClaimNumbers, Vehicle, WarrantyPolicy
from services.claims.domain.warranty import NAME
from shared import clock
from shared.outbox import announce
from shared.refusal import Unknown
from shared.settings import stores


async def validate_claim(claim_id: UUID, session: AsyncSession) -> Claim:
    """Judge the claim by the maker's policy; all that speaks against it is in `failures`."""
    claim = await _drafted(claim_id, session)
    repair = await session.get_one(AuthorisedOrder, claim.ro_id)
    vehicle = await session.get(Vehicle, repair.vehicle_id)
    policies = await session.scalars(WarrantyPolicy.named(NAME, claim.store_id))
    claim.validate(repair, vehicle, policies, stores()[claim.store_id].time_zone)
    return claim


async def submit_claim(claim_id: UUID, session: AsyncSession) -> Claim:
    """Give the claim its number and send it to the maker."""
    claim = await _drafted(claim_id, session)
    announce(session, claim.submit(await _next_number(claim.store_id, session)))
    return claim


async def decide_claim(claim_id: UUID, command: DecideClaim, session: AsyncSession) -> Claim:
    """Record the maker's decision."""
    claim = await _drafted(claim_id, session)
    announce(session, claim.decide((line.ro_line_id, line.approved_fen, line.reason_code) for line in command.lines))
    return claim


async def record_payment(claim_id: UUID, command: RecordPayment, session: AsyncSession) -> Claim:
    """Record money of the maker."""
    claim = await _drafted(claim_id, session)
    announce(session, claim.pay(command.amount_fen, command.reference, final=command.final))
    return claim


async def _drafted(claim_id: UUID, session: AsyncSession) -> Claim:
    claim = await session.get_one(Claim, claim_id)
    if claim.state == "expected":
        raise Unknown("claim")
    return claim


async def _next_number(store_id: str, session: AsyncSession) -> str:
    """'SH01-C2026-00007': gap-free, because the row stays locked until the claim that takes the number is committed."""
    year = clock.day_in(stores()[store_id].time_zone).year
    taken = insert(ClaimNumbers).values(store_id=store_id, year=year, last=1)
    last = await session.scalar(
        taken.on_conflict_do_update(index_elements=["store_id", "year"], set_={"last": ClaimNumbers.last + 1}).returning(
            ClaimNumbers.last
        )
    )
    return f"{store_id.upper()}-C{year}-{last:05}"
