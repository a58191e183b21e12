"""The settlement sheet over HTTP: preview, payers, signature, and the day's record."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.reception.commands.invoices import SwitchPayers
from services.reception.commands.signatures import Sign
from services.reception.domain import RepairOrder
from services.reception.handlers import invoices as handlers
from services.reception.queries import settlements as asked
from services.reception.queries.daily import daily_record
from shared.fields import Day, Id, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, allows

router = APIRouter(tags=["settlement"])


class SettlementView(View):
    """The settlement sheet (结算单); before the bill is made, what it would say.  `sheet` is what the customer signs:
    lines, payers with tax, the total in figures and in words, and how each request was answered."""

    ro_id: UUID
    version: int
    settled: bool
    signed_at: datetime | None
    sheet: dict[str, Any]

    @classmethod
    def of(cls, order: RepairOrder, sheet: dict[str, Any]) -> "SettlementView":
        return cls(
            ro_id=order.id,
            version=order.version,
            settled=order.state in ("settled", "delivered"),
            signed_at=order.settlement_signed_at,
            sheet=sheet,
        )


class MoneyMoved(View):
    """Of one method: paid for invoices, taken as deposits, paid in by members for stored value and package cards, and gone
    back."""

    method: str
    paid_fen: int
    deposited_fen: int
    paid_in_fen: int
    refunded_fen: int


class Redeemed(View):
    """Of one kind of members' holdings: what paid bills, and what of that was given back.  It is no money of this day."""

    method: str
    redeemed_fen: int
    given_back_fen: int


class Billed(View):
    """Of one payer."""

    payer: str
    invoices: int
    invoiced_fen: int
    credited_fen: int


class WorkSold(View):
    """Of one trade, or of parts: hours and amounts of the orders billed that day."""

    trade: str
    sold_hours_milli: int
    amount_fen: int


class CarsMoved(View):
    """Cars that came, were billed, and left."""

    checked_in: int
    settled: int
    delivered: int


class DailyRecordView(View):
    """A store's daily cash and production record."""

    store_id: str
    on: date
    money: list[MoneyMoved]
    redeemed: list[Redeemed]
    bills: list[Billed]
    work: list[WorkSold]
    cars: CarsMoved


@router.get("/repair-orders/{ro_id}/settlement", response_model=SettlementView)
async def read_settlement(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        order = await asked.order_of(ro_id, session)
        view = SettlementView.of(order, await asked.sheet_of(order, session))
    return door.answer(200, view, version=view.version)


@router.post("/repair-orders/{ro_id}/lines/{line_id}/payers", response_model=SettlementView)
async def switch_payers(
    ro_id: Id, line_id: Id, body: SwitchPayers, door: Annotated[Door, allows("reception.estimate")]
) -> Response:
    """Let others pay a line, until the bill is made; what it would be is the answer."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await session.get_one(RepairOrder, ro_id)
        await handlers.switch_payers(ro_id, line_id, body, door.roles_in(order.store_id), session)
        view = SettlementView.of(order, await asked.sheet_of(order, session))
        answer = door.answer(200, view, version=order.version)
    return answer


@router.post("/repair-orders/{ro_id}/settlement-signature", status_code=201, response_model=SettlementView)
async def sign_settlement(ro_id: Id, body: Sign, door: Annotated[Door, allows("reception.settle")]) -> Response:
    """The customer signs the bill; the answer's ETag is the version that delivery needs."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.sign_settlement(ro_id, body, session)
        view = SettlementView.of(order, await asked.sheet_of(order, session))
        answer = door.answer(201, view, version=order.version, location=f"/repair-orders/{ro_id}/settlement")
    return answer


@router.get("/stores/{store_id}/daily-record", response_model=DailyRecordView)
async def read_daily_record(
    store_id: StoreId,
    door: Annotated[Door, allows("reception.read_daily_record")],
    on: Annotated[Day | None, Query(description="Today, when left out")] = None,
) -> DailyRecordView:
    """Cash, bills, work and cars of one day of the store (K6)."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        return DailyRecordView.model_validate(await daily_record(store_id, on or asked.today(store_id), session))
