"""Repair orders over HTTP: check-in, authorisation, delivery, and reading them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.api.customers import CustomerView, sees_persons
from services.reception.api.estimates import PricedLineView
from services.reception.api.invoices import DepositView, InvoiceView
from services.reception.api.vehicles import VehicleView
from services.reception.commands.estimates import Authorise, ChangePromise
from services.reception.commands.orders import CheckIn, Deliver
from services.reception.domain import RepairOrder
from services.reception.handlers import orders as handlers
from services.reception.queries import orders as asked
from services.reception.queries.orders import OrderFile
from shared.fields import Id, StoreId, View
from shared.service import Door, allows

router = APIRouter(tags=["repair orders"])

State = Literal["draft", "estimated", "authorised", "work_complete", "settled", "delivered", "cancelled"]


class LineView(PricedLineView):
    """An authorised line and how far it is (`stage`, null before anything was heard)."""

    supplement_id: UUID | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None
    completed_at: datetime | None
    """Of sublet work and agency services."""
    document_no: str | None
    stage: str | None
    eta_at: datetime | None
    reworks: int


class AuthorisationView(View):
    """The proof that the customer agreed; `sha256` is the digest of what was agreed."""

    channel: str
    evidence: str
    authorised_at: datetime
    sha256: str


class StepView(View):
    """One step of the order's way."""

    state: str
    at: datetime
    actor: str


class DecisionView(View):
    """What the customer decided about one line."""

    line_id: UUID
    decision: str
    reason_code: str | None
    severity: str
    channel: str
    decided_at: datetime


class PayerChangeView(View):
    """Who paid a line before, and who since."""

    ro_line_id: UUID
    old: dict[str, Any]
    new: dict[str, Any]
    reason_code: str
    changed_by: str
    changed_at: datetime


class OrderHead(View):
    """What lists show of a repair order; `plate` only to roles that work with persons."""

    id: UUID
    version: int
    store_id: str
    ro_no: str | None
    state: str
    order_kind: str
    comeback_of: UUID | None
    """The earlier visit for the same concern, not long ago."""
    vehicle_id: UUID
    customer_id: UUID
    advisor: str
    odometer_km: int
    checked_in_at: datetime
    promised_at: datetime | None
    total_fen: int | None
    delivered_at: datetime | None
    waits: bool
    long_wait_at: datetime | None
    waiting_too_long: bool
    lent_at: datetime | None
    """Since when the customer has the car while its work waits."""
    spent_at: datetime | None
    """When work or parts were heard of for an order that had been called off."""
    plate: str | None = None


class PromiseRiskView(View):
    """What the workshop sees coming: the order will hardly be done (`at_risk`) or not be done (`late`) when it was promised.
    `predicted_at` is null while nobody knows."""

    level: str
    job_id: UUID
    promised_at: datetime
    predicted_at: datetime | None
    reason: str
    seen_at: datetime


class OpenOrderView(View):
    """Another order of the same car that is not ended."""

    id: UUID
    store_id: str
    ro_no: str | None
    state: str


class RepairOrderView(OrderHead):
    """Everything about a repair order; what is personal is null to roles that do not work with persons."""

    fuel_bp: int
    key_tag: str | None
    symptoms: list[dict[str, Any]]
    warning_lamps: list[str]
    read_back: bool
    inquiry_no: int
    walk_around_no: int
    damage_marks: list[dict[str, Any]]
    odometer_reset_reason: str | None
    open_complaint: bool
    opened_on: date
    delivery_odometer_km: int | None
    delivery_reset_reason: str | None
    estimate_no: int
    lines: list[LineView]
    authorisation: AuthorisationView | None
    invoices: list[InvoiceView]
    deposits: list[DepositView]
    payer_changes: list[PayerChangeView]
    decisions: list[DecisionView]
    first_promised_at: datetime | None
    appointment_id: UUID | None
    ceiling_fen: int | None
    settlement_signed_at: datetime | None
    handover: dict[str, Any] | None = None
    timeline: list[StepView]
    other_open_orders: list[OpenOrderView]
    """Of the same car, in the caller's stores."""
    rescue_call_id: UUID | None
    promise_risk: PromiseRiskView | None
    """Until another time is promised, or the job is completed or withdrawn."""
    unread_notes: int
    """Of the workshop to the front desk."""
    customer: CustomerView | None = None
    vehicle: VehicleView | None = None
    words: str | None = None
    wishes: list[str] | None = None
    belongings: list[str] | None = None

    @classmethod
    def of(cls, file: OrderFile, *, persons: bool) -> Self:
        """The file as one may see it who does (not) see `persons`."""
        personal = {
            "plate": file.vehicle.plate,
            "customer": CustomerView.of(file.customer),
            "vehicle": VehicleView.of(file.vehicle),
            "words": file.order.words,
            "wishes": file.order.wishes,
            "handover": file.order.handover,
            "belongings": file.order.belongings,
        }
        return cls(
            **_columns(file.order, set(cls.model_fields) - set(personal)),
            lines=[LineView(**_columns(line, LineView.model_fields), **file.stage_of(line)) for line in file.lines],
            authorisation=AuthorisationView.model_validate(file.authorisation) if file.authorisation else None,
            invoices=[InvoiceView.model_validate(invoice) for invoice in file.invoices],
            deposits=[DepositView.model_validate(deposit) for deposit in file.deposits],
            payer_changes=[PayerChangeView.model_validate(change) for change in file.payer_changes],
            decisions=[DecisionView.model_validate(decision) for decision in file.decisions],
            timeline=[StepView.model_validate(step) for step in file.steps],
            other_open_orders=[OpenOrderView.model_validate(other) for other in file.other_open_orders],
            rescue_call_id=file.rescue_call_id,
            promise_risk=PromiseRiskView.model_validate(file.promise_risk) if file.promise_risk else None,
            unread_notes=file.unread_notes,
            **(personal if persons else {}),
        )


def _columns(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names if hasattr(row, name)}


@router.post("/stores/{store_id}/check-ins", status_code=201, response_model=RepairOrderView)
async def check_in(store_id: StoreId, body: CheckIn, door: Annotated[Door, allows("reception.check_in")]) -> Response:
    """A car arrives; its repair order begins as a draft."""
    async with door.creating(store_id) as session:
        order = await handlers.check_in(store_id, door.caller.subject, body, session)
        view = RepairOrderView.of(await asked.order_file(order.id, session), persons=True)
        answer = door.answer(201, view, version=order.version, location=f"/repair-orders/{order.id}")
    return answer


@router.get("/repair-orders/{ro_id}", response_model=RepairOrderView)
async def read_order(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        file = await asked.order_file(ro_id, session)
    view = RepairOrderView.of(file, persons=sees_persons(door, file.order.store_id))
    return door.answer(200, view, version=file.order.version)


@router.post("/repair-orders/{ro_id}/authorisation", status_code=201, response_model=RepairOrderView)
async def authorise(ro_id: Id, body: Authorise, door: Annotated[Door, allows("reception.authorise")]) -> Response:
    """The customer agrees to the newest estimate; the order gets its number and the work may begin."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.authorise(ro_id, body, session)
        view = RepairOrderView.of(await asked.order_file(ro_id, session), persons=True)
        answer = door.answer(201, view, version=order.version, location=f"/repair-orders/{ro_id}")
    return answer


@router.post("/repair-orders/{ro_id}/delivery", status_code=201, response_model=RepairOrderView)
async def deliver(ro_id: Id, body: Deliver, door: Annotated[Door, allows("reception.deliver")]) -> Response:
    """The key is handed over."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.deliver(ro_id, body, session)
        view = RepairOrderView.of(await asked.order_file(ro_id, session), persons=True)
        answer = door.answer(201, view, version=order.version, location=f"/repair-orders/{ro_id}")
    return answer


@router.post("/repair-orders/{ro_id}/promise", response_model=RepairOrderView)
async def change_promise(ro_id: Id, body: ChangePromise, door: Annotated[Door, allows("reception.authorise")]) -> Response:
    """Another time of delivery, as the customer was told."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.change_promise(ro_id, body, session)
        view = RepairOrderView.of(await asked.order_file(ro_id, session), persons=True)
        answer = door.answer(200, view, version=order.version)
    return answer
