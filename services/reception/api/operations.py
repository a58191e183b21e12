"""The catalogue of operations over HTTP."""

from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response

from services.reception.commands.operations import AddOperation, ChangeOperation
from services.reception.domain import Operation
from services.reception.domain.operations import ANY_MODEL
from services.reception.handlers import operations as handlers
from services.reception.queries import operations as asked
from shared.database import ALL_STORES
from shared.fields import Code, ShortText, Trade, View
from shared.permissions import NotAllowed
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["operations"])
KEEP = "reception.keep_operations"


class HoursView(View):
    """Flat-rate hours of one model; without a model: of all that have none of their own."""

    model: str | None
    flat_hours_milli: int


class OperationView(View):
    """What the workshops do under this code."""

    op_code: str
    version: int
    name_zh: str
    name_en: str
    trade: Trade
    safety_critical: bool
    flat_hours: list[HoursView]

    @classmethod
    def of(cls, operation: Operation) -> Self:
        hours = [
            HoursView(model=None if model == ANY_MODEL else model, flat_hours_milli=milli)
            for model, milli in sorted(operation.flat_hours.items())
        ]
        fields = {name: getattr(operation, name) for name in cls.model_fields if name != "flat_hours"}
        return cls(**fields, flat_hours=hours)


@router.get("/operations", response_model=Listing[OperationView])
async def find_operations(
    page: Paged,
    door: Annotated[Door, allows("reception.read")],
    q: Annotated[ShortText | None, Query(description="How the code or the Chinese name begins")] = None,
    trade: Trade | None = None,
    model: Annotated[ShortText | None, Query(description="With hours that hold for this model")] = None,
) -> Listing[OperationView]:
    """By code."""
    async with door.reading() as session:
        found = asked.operations(q=q, trade=trade, model=model)
        rows, following = await page_of(session, found, [Operation.op_code], page, descending=False)
    return Listing(items=[OperationView.of(row) for row in rows], next=following)


@router.post("/operations", status_code=201, response_model=OperationView)
async def add_operation(body: AddOperation, door: Annotated[Door, allows(KEEP)]) -> Response:
    """A new entry; only for who acts for all stores, which share the catalogue."""
    _only_for_all_stores(door)
    async with door.creating() as session:
        operation = await handlers.add_operation(body, session)
        view = OperationView.of(operation)
        answer = door.answer(201, view, version=operation.version, location=f"/operations/{operation.op_code}")
    return answer


@router.post("/operations/{op_code}", response_model=OperationView)
async def change_operation(
    op_code: Annotated[Code, Path()], body: ChangeOperation, door: Annotated[Door, allows(KEEP)]
) -> Response:
    """Lines that were priced before stay as they are."""
    _only_for_all_stores(door)
    async with door.changing(Operation, op_code) as session:
        operation = await handlers.change_operation(op_code, body, session)
        answer = door.answer(200, OperationView.of(operation), version=operation.version)
    return answer


def _only_for_all_stores(door: Door) -> None:
    if ALL_STORES not in door.stores:
        raise NotAllowed(KEEP)
