"""Test nouns of the parts department."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.parts.domain import GoodsReceipt, Part, PartLine, StockLevel
from shared.database import new_id
from shared.events import About, PayerShare
from shared.events.reception import AuthorisedLine, WorkAuthorised

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
STORE = "sh01"
OIL_FILTER = "04152-YZZA1"


def a_part(part_no: str = OIL_FILTER, *, cost_fen: int = 4_550, lead_time_days: int = 3) -> Part:
    return Part(
        part_no=part_no, id=new_id(), version=1, name_zh="机油滤清器", name_en="Oil filter", unit="piece", cost_fen=cost_fen,
        lead_time_days=lead_time_days, genuine=True,
    )  # fmt: skip


def a_delivery(quantity_milli: int, *, part_no: str = OIL_FILTER, unit_cost_fen: int = 4_500) -> GoodsReceipt:
    return GoodsReceipt(
        id=new_id(), store_id=STORE, part_no=part_no, quantity_milli=quantity_milli, unit_cost_fen=unit_cost_fen,
        supplier="Maker's depot", delivery_note="DN-1", received_by="user:test", received_at=NOON,
    )  # fmt: skip


def a_shelf(on_hand_milli: int = 0, *, part_no: str = OIL_FILTER) -> StockLevel:
    """A shelf with goods that a delivery brought."""
    shelf = StockLevel.stub((STORE, part_no), STORE)
    if on_hand_milli:
        shelf.receive(a_delivery(on_hand_milli, part_no=part_no))
    return shelf


def a_labour_line(id: UUID | None = None) -> AuthorisedLine:
    return AuthorisedLine(
        ro_line_id=id or new_id(), kind="labour", op_code="OIL-CHANGE", flat_hours_milli=800,
        payers=[PayerShare(payer="customer", share_bp=10_000)], amount_fen=24_000, tax_bp=600,
    )  # fmt: skip


def a_line_for(
    job_id: UUID, quantity_milli: int = 1_000, *, part_no: str | None = OIL_FILTER, id: UUID | None = None
) -> AuthorisedLine:
    return AuthorisedLine(
        ro_line_id=id or new_id(), kind="part", part_no=part_no, labour_line_id=job_id, quantity_milli=quantity_milli,
        payers=[PayerShare(payer="customer", share_bp=10_000)], amount_fen=9_800, tax_bp=1_300,
    )  # fmt: skip


def authorised_work(
    *lines: AuthorisedLine,
    ro_id: UUID | None = None,
    version: int = 2,
    epoch: int = 1,
    store_id: str = STORE,
    promised_at: datetime = NOON + timedelta(hours=4),
) -> WorkAuthorised:
    """The fact that a customer agreed to this work."""
    ro_id = ro_id or new_id()
    return WorkAuthorised(
        about=About(subject=ro_id, version=version, epoch=epoch, store_id=store_id, correlation=ro_id),
        ro_no="SH01-20261121-0007", vehicle_id=new_id(), customer_id=new_id(), opened_on="2026-11-21", odometer_km=42_000,
        promised_at=promised_at, lines=list(lines),
    )  # fmt: skip


def a_wanted_line(quantity_milli: int = 1_000, *, promised_at: datetime = NOON + timedelta(hours=4)) -> PartLine:
    """A line that was just authorised and still has to be allotted."""
    said = a_line_for(new_id(), quantity_milli)
    line = PartLine.stub(said.ro_line_id, STORE)
    line.authorise(said, authorised_work(said, promised_at=promised_at))
    return line
