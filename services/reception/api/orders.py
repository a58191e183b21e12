"""Repair orders over HTTP: check-in, authorisation, delivery, and reading them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.reception.api.customers import READ_FILES, CustomerView, sees_persons
from services.reception.api.estimates import PricedLineView
from services.reception.api.invoices import InvoiceView
from services.reception.api.vehicles import VehicleView
from services.reception.commands.estimates import Authorise
from services.reception.commands.orders import CheckIn, Deliver
from services.reception.domain import RepairOrder
from services.reception.handlers import orders as handlers
from services.reception.queries import orders as asked
from services.reception.queries.orders import OrderFile
from services.reception.queries.vehicles import vehicles_of
from shared.fields import Id, PlateNo, StoreId, View
from shared.permissions import NotAllowed, stores_for
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["repair orders"])

State = Literal["draft", "estimated", "authorised", "work_complete", "settled", "delivered"]
RoNo = Annotated[str, Query(pattern=r"^[A-Z0-9]{2,10}-[0-9]{8}-[0-9]{4,9}$")]


class LineView(PricedLineView):
    """An authorised line and how far it is (`stage`, null before anything was heard)."""

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


class OrderHead(View):
    """What lists show of a repair order; `plate` only to roles that work with persons."""

    id: UUID
    version: int
    store_id: str
    ro_no: str | None
    state: str
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
    plate: str | None = None


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
    timeline: list[StepView]
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
            "belongings": file.order.belongings,
        }
        return cls(
            **_columns(file.order, set(cls.model_fields) - set(personal)),
            lines=[LineView(**_columns(line, PricedLineView.model_fields), **file.stage_of(line)) for line in file.lines],
            authorisation=AuthorisationView.model_validate(file.authorisation) if file.authorisation else None,
            invoices=[InvoiceView.model_validate(invoice) for invoice in file.invoices],
            timeline=[StepView.model_validate(step) for step in file.steps],
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


@router.get("/repair-orders", response_model=Listing[OrderHead])
async def find_orders(
    page: Paged,
    door: Annotated[Door, allows("reception.read")],
    store_id: Annotated[StoreId | None, Query()] = None,
    state: State | None = None,
    plate: Annotated[PlateNo | None, Query()] = None,
    ro_no: RoNo | None = None,
    waiting_too_long: bool | None = None,
) -> Listing[OrderHead]:
    """Newest first.  To ask by plate takes the right to see plates, and finds what stands where the caller has it."""
    within = door.stores if plate is None else _stores_that_show_plates(door, store_id)
    found = asked.orders(
        store_id=store_id, state=state, plate=plate, ro_no=ro_no, waiting_too_long=waiting_too_long, within=within
    )
    async with door.reading() as session:
        rows, following = await page_of(session, found, [RepairOrder.id], page)
        vehicles = await vehicles_of(rows, session)
    heads = [OrderHead.model_validate(row) for row in rows]
    plates = [vehicles[head.vehicle_id].plate if sees_persons(door, head.store_id) else None for head in heads]
    items = [head.model_copy(update={"plate": plate}) for head, plate in zip(heads, plates, strict=True)]
    return Listing(items=items, next=following)


def _stores_that_show_plates(door: Door, store_id: str | None) -> tuple[str, ...]:
    if store_id is not None and not sees_persons(door, store_id):
        raise NotAllowed(READ_FILES)
    return stores_for(door.caller, READ_FILES)


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
