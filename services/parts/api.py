"""The parts department's HTTP door."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.parts import handlers, queries
from services.parts.commands import AddPart, ChangePart, IssueParts, ReceiveGoods
from services.parts.domain import Part, PartLine, StockLevel, StockMovement
from services.parts.queries import LineState
from shared.fields import Code, Id, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["parts"])


class PartView(View):
    """A part of the group's catalogue; `cost_fen` and the customers' `list_price_fen` are for one whole unit."""

    part_no: str
    version: int
    name_zh: str
    name_en: str
    unit: str
    cost_fen: int
    list_price_fen: int | None
    lead_time_days: int
    genuine: bool


class StockLevelView(View):
    """What lies on a shelf, in thousandths of the part's unit; back-ordered lines wait for `waiting_milli`."""

    store_id: str
    part_no: str
    on_hand_milli: int
    reserved_milli: int
    available_milli: int
    waiting_milli: int


class StockMovementView(View):
    """One entry of a shelf's ledger."""

    seq: int
    kind: str
    on_hand_delta_milli: int
    reserved_delta_milli: int
    on_hand_after_milli: int
    reserved_after_milli: int
    cost_fen: int
    part_line_id: UUID | None
    goods_receipt_id: UUID | None
    at: datetime


class PartLineView(View):
    """A part that a repair order needs, and how far it is."""

    id: UUID
    version: int
    store_id: str
    ro_id: UUID
    job_id: UUID
    part_no: str
    quantity_milli: int
    promised_at: datetime
    state: LineState
    short_milli: int
    eta_at: datetime | None
    cost_fen: int | None


class GoodsReceiptView(View):
    """One received line of a delivery note."""

    id: UUID
    part_no: str
    quantity_milli: int
    unit_cost_fen: int
    supplier: str
    delivery_note: str
    received_by: str
    received_at: datetime


class ReceivedView(View):
    """What came in, and the waiting lines that could be reserved from it."""

    receipts: list[GoodsReceiptView]
    reserved: list[PartLineView]


@router.post("/stores/{store_id}/parts", status_code=201, response_model=PartView)
async def add_part(store_id: StoreId, body: AddPart, door: Annotated[Door, allows("parts.keep_catalogue")]) -> Response:
    """Add a part to the group's catalogue and give it a place in the store.  The same entry again gives the place only;
    409 `part_known` when the catalogue has another entry."""
    async with door.creating(store_id) as session:
        part = await handlers.add_part(store_id, body, session)
        answer = _entry(door, 201, part)
    return answer


@router.get("/parts")
async def list_parts(
    page: Paged, door: Annotated[Door, allows("parts.read")], beginning: Annotated[Code | None, Query()] = None
) -> Listing[PartView]:
    """The group's catalogue by part number; `beginning` limits it to numbers that begin so."""
    async with door.reading() as session:
        parts, next = await page_of(session, queries.catalogue(beginning), [Part.part_no], page, descending=False)
        return Listing(items=[PartView.model_validate(part) for part in parts], next=next)


@router.get("/parts/{part_no}", response_model=PartView)
async def show_part(part_no: Annotated[Code, Path()], door: Annotated[Door, allows("parts.read")]) -> Response:
    """One part of the group's catalogue."""
    async with door.reading() as session:
        return _entry(door, 200, await queries.part(part_no, session))


@router.post("/parts/{part_no}/entry", response_model=PartView)
async def change_part(
    part_no: Annotated[Code, Path()], body: ChangePart, door: Annotated[Door, allows("parts.change_catalogue")]
) -> Response:
    """Replace the part's entry for the whole group."""
    async with door.changing(Part, part_no) as session:
        answer = _entry(door, 200, await handlers.change_part(part_no, body, session))
    return answer


def _entry(door: Door, status: int, part: Part) -> Response:
    return door.answer(status, PartView.model_validate(part), version=part.version)


@router.get("/stores/{store_id}/stock")
async def list_stock(
    store_id: StoreId, page: Paged, door: Annotated[Door, allows("parts.read")], part_no: Annotated[Code | None, Query()] = None
) -> Listing[StockLevelView]:
    """What lies on the store's shelves, by part number."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        levels, next = await page_of(session, queries.stock(store_id, part_no), [StockLevel.part_no], page, descending=False)
        return Listing(items=[StockLevelView.model_validate(level) for level in levels], next=next)


@router.post("/stores/{store_id}/goods-receipts", status_code=201, response_model=ReceivedView)
async def receive_goods(store_id: StoreId, body: ReceiveGoods, door: Annotated[Door, allows("parts.receive")]) -> Response:
    """Put delivered parts on the shelf; who waits for them is served by promised time."""
    async with door.creating(store_id) as session:
        receipts, served = await handlers.receive_goods(store_id, body, session)
        view = ReceivedView(
            receipts=[GoodsReceiptView.model_validate(receipt) for receipt in receipts],
            reserved=[PartLineView.model_validate(line) for line in served],
        )
        answer = door.answer(201, view)
    return answer


@router.get("/part-lines")
async def list_part_lines(
    page: Paged,
    door: Annotated[Door, allows("parts.read")],
    store_id: Annotated[StoreId | None, Query()] = None,
    state: Annotated[LineState | None, Query()] = None,
    ro_id: Annotated[Id | None, Query()] = None,
) -> Listing[PartLineView]:
    """Part lines of repair orders, newest first."""
    async with door.reading() as session:
        lines, next = await page_of(session, queries.part_lines(store_id, state, ro_id), [PartLine.id], page)
        return Listing(items=[PartLineView.model_validate(line) for line in lines], next=next)


@router.get("/part-lines/{line_id}", response_model=PartLineView)
async def show_part_line(line_id: Id, door: Annotated[Door, allows("parts.read")]) -> Response:
    """One part line; its id is the repair order's line id."""
    async with door.reading() as session:
        line = await queries.part_line(line_id, session)
        return door.answer(200, PartLineView.model_validate(line), version=line.version)


@router.post("/part-lines/{line_id}/issue", response_model=PartLineView)
async def issue_parts(line_id: Id, body: IssueParts, door: Annotated[Door, allows("parts.issue")]) -> Response:
    """Hand the line's reserved parts to its job."""
    async with door.changing(PartLine, line_id) as session:
        line = await handlers.issue(line_id, session)
        answer = door.answer(200, PartLineView.model_validate(line), version=line.version)
    return answer


@router.get("/stock-movements")
async def list_stock_movements(
    store_id: Annotated[StoreId, Query()],
    part_no: Annotated[Code, Query()],
    page: Paged,
    door: Annotated[Door, allows("parts.read")],
) -> Listing[StockMovementView]:
    """The ledger of one part in one store, newest first."""
    async with door.reading() as session:
        moved, next = await page_of(session, queries.movements(store_id, part_no), [StockMovement.seq], page)
        return Listing(items=[StockMovementView.model_validate(movement) for movement in moved], next=next)
