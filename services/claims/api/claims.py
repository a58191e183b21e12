"""Routes of claims: the lists by state, one claim, validation, submission, the maker's decision and payments."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import selectinload

from services.claims import queries
from services.claims.commands import DecideClaim, RecordPayment, SubmitClaim, ValidateClaim
from services.claims.domain import Claim
from services.claims.handlers import claims as handlers
from services.claims.queries import ClaimFile
from shared.fields import Id, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["claims"])
State = Literal[
    "draft", "validated", "invalid", "submitted", "approved", "partially_approved", "rejected", "short_paid", "paid"
]
WHOLE = (selectinload(Claim.lines), selectinload(Claim.payments))


class ClaimView(View):
    """A claim in a list; money in fen, `failures` are the codes of the last validation."""

    id: UUID
    store_id: str
    state: State
    claim_no: str | None
    ro_id: UUID
    op_code: str | None
    completed_at: datetime | None
    failures: list[str]
    judged_at: datetime | None
    policy_id: UUID | None
    policy_version: int | None
    submitted_at: datetime | None
    decided_at: datetime | None
    claimed_fen: int
    approved_fen: int | None
    paid_fen: int
    open_fen: int
    version: int


class ClaimLineView(View):
    """A line that the maker shall pay."""

    id: UUID
    kind: str
    code: str | None
    flat_hours_milli: int | None
    quantity_milli: int | None
    claimed_fen: int
    issued_at: datetime | None
    cost_fen: int | None
    approved_fen: int | None
    reason_code: str | None


class ClaimPaymentView(View):
    """Money that came in."""

    id: UUID
    amount_fen: int
    reference: str
    paid_at: datetime


class ClaimedVehicleView(View):
    """The vehicle, as the maker asks for it."""

    id: UUID
    vin: str
    brand: str
    model: str
    nature: str
    in_service_on: date | None


class ClaimFileView(View):
    """A whole claim: what was repaired and why, its lines and payments, the order and the vehicle that it is judged by."""

    claim: ClaimView
    ro_no: str
    opened_on: date
    odometer_km: int
    delivered_at: datetime | None
    cause: str | None
    correction: str | None
    vehicle: ClaimedVehicleView | None
    lines: list[ClaimLineView]
    payments: list[ClaimPaymentView]

    @classmethod
    def of(cls, file: ClaimFile) -> "ClaimFileView":
        claim, repair = file.claim, file.repair
        return cls(
            claim=ClaimView.model_validate(claim),
            ro_no=repair.ro_no,
            opened_on=repair.opened_on,
            odometer_km=repair.odometer_km,
            delivered_at=repair.delivered_at,
            cause=claim.cause,
            correction=claim.correction,
            vehicle=ClaimedVehicleView.model_validate(file.vehicle) if file.vehicle else None,
            lines=[ClaimLineView.model_validate(line) for line in claim.claimed_lines],
            payments=[ClaimPaymentView.model_validate(payment) for payment in claim.payments],
        )


@router.get("/claims")
async def list_claims(
    door: Annotated[Door, allows("claims.read")], page: Paged, store_id: StoreId | None = None, state: State | None = None
) -> Listing[ClaimView]:
    """Claims, oldest job first."""
    async with door.reading() as session:
        rows, cursor = await page_of(session, queries.claims(store_id, state), [Claim.id], page, descending=False)
    return Listing(items=[ClaimView.model_validate(row) for row in rows], next=cursor)


@router.get("/claims/{claim_id}", response_model=ClaimFileView)
async def show_claim(claim_id: Id, door: Annotated[Door, allows("claims.read")]) -> Response:
    """One claim; its ETag is needed to write to it."""
    async with door.reading() as session:
        file = await queries.claim_file(session, claim_id)
    return door.answer(200, ClaimFileView.of(file), version=file.claim.version)


@router.post("/claims/{claim_id}/validation", response_model=ClaimView)
async def validate_claim(claim_id: Id, body: ValidateClaim, door: Annotated[Door, allows("claims.prepare")]) -> Response:
    """Judge the claim by the maker's policy: `validated`, or `invalid` with everything that speaks against it."""
    async with door.changing(Claim, claim_id, *WHOLE) as session:
        claim = await handlers.validate_claim(claim_id, session)
        return door.answer(200, ClaimView.model_validate(claim), version=claim.version)


@router.post("/claims/{claim_id}/submission", response_model=ClaimView)
async def submit_claim(claim_id: Id, body: SubmitClaim, door: Annotated[Door, allows("claims.prepare")]) -> Response:
    """Send a validated claim to the maker."""
    async with door.changing(Claim, claim_id, *WHOLE) as session:
        claim = await handlers.submit_claim(claim_id, session)
        return door.answer(200, ClaimView.model_validate(claim), version=claim.version)


@router.post("/claims/{claim_id}/decision", response_model=ClaimFileView)
async def decide_claim(claim_id: Id, body: DecideClaim, door: Annotated[Door, allows("claims.decide")]) -> Response:
    """Record the maker's decision on every line."""
    async with door.changing(Claim, claim_id, *WHOLE) as session:
        claim = await handlers.decide_claim(claim_id, body, session)
        return door.answer(200, ClaimFileView.of(await queries.claim_file(session, claim_id)), version=claim.version)


@router.post("/claims/{claim_id}/payments", status_code=201, response_model=ClaimFileView)
async def record_payment(claim_id: Id, body: RecordPayment, door: Annotated[Door, allows("claims.record_payment")]) -> Response:
    """Record money that came in from the maker."""
    async with door.changing(Claim, claim_id, *WHOLE) as session:
        claim = await handlers.record_payment(claim_id, body, session)
        return door.answer(201, ClaimFileView.of(await queries.claim_file(session, claim_id)), version=claim.version)
