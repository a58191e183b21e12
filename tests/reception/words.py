"""Test nouns of reception."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from services.reception.domain import (
    EstimateLine,
    Handover,
    Invoice,
    LineProgress,
    RepairOrder,
    RepairOrderLine,
    RescueCall,
    Vehicle,
    WalkAroundTerms,
    check_digit,
)
from shared.database import new_id
from shared.events import About, Payer
from shared.events.followup import ComplaintOpened
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.sales import VehicleSold
from shared.events.workshop import JobCompleted, JobDispatched, JobSetBack, NoteWritten, PromiseAtRisk, QualityFailed

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
STORE = "sh01"
A_HANDOVER = Handover()
"""To the customer, and nothing special about it."""
_VIN_DIGITS = 10**6


def a_vin(number: int, prefix: str = "WVWZZZ3C?7E") -> str:
    """A VIN with a right check digit in place of the ninth character."""
    body = f"{prefix.replace('?', '0')}{number % _VIN_DIGITS:06d}"
    return f"{body[:8]}{check_digit(body)}{body[9:]}"


def a_vehicle(vin: str | None = None, *, odometer_km: int = 0) -> Vehicle:
    vehicle = Vehicle(store_id=STORE, vin=vin or a_vin(1), odometer_km=odometer_km, visits=0)
    vehicle.identify(
        plate="沪A12345",
        brand="Volkswagen",
        model="Passat",
        nature="private",
        in_service_on=date(2025, 3, 1),
        customer_id=new_id(),
    )
    return vehicle


def a_draft(**fields: Any) -> RepairOrder:
    """A car that was just checked in, to be ready at four in the afternoon."""
    return RepairOrder(
        **{
            "store_id": STORE, "vehicle_id": new_id(), "customer_id": new_id(), "advisor": "lin.wei", "words": "刹车有异响",
            "symptoms": [], "odometer_km": 42_000, "fuel_bp": 5_000, "belongings": [], "damage_marks": [],
            "checked_in_at": NOON, "opened_on": date(2026, 11, 21), "promised_at": NOON + timedelta(hours=4),
        }
        | fields
    )  # fmt: skip


def a_labour_line(
    *, payers: Mapping[str, int] | None = None, flat_hours_milli: int = 800, unit_price_fen: int = 30_000, position: int = 0
) -> EstimateLine:
    return EstimateLine(
        id=new_id(), store_id=STORE, ro_id=new_id(), position=position, kind="labour", op_code="BRAKE-FRONT",
        description="前刹车片更换", flat_hours_milli=flat_hours_milli, unit_price_fen=unit_price_fen, tax_bp=600,
        payers=shares(payers),
    )  # fmt: skip


def a_part_line(
    job: EstimateLine, *, payers: Mapping[str, int] | None = None, quantity_milli: int = 1_000, unit_price_fen: int = 45_500
) -> EstimateLine:
    return EstimateLine(
        id=new_id(), store_id=STORE, ro_id=new_id(), position=job.position + 1, kind="part", part_no="04465-33480",
        labour_line_id=job.id, description="前刹车片", quantity_milli=quantity_milli, unit_price_fen=unit_price_fen,
        tax_bp=1_300, payers=shares(payers),
    )  # fmt: skip


def shares(payers: Mapping[str, int] | None) -> list[dict[str, Any]]:
    """{'customer': 10000} as a line keeps it; None: the customer pays all."""
    chosen = {"customer": 10_000} if payers is None else payers
    return [{"payer": payer, "share_bp": share} for payer, share in chosen.items()]


def authorised(order: RepairOrder, *lines: EstimateLine) -> list[RepairOrderLine]:
    """Estimate and authorise these lines; the authorised copies."""
    estimate = order.propose(lines)
    agreed = [RepairOrderLine.agreed(line) for line in estimate.lines]
    order.authorise(agreed, "SH01-20261121-0007", None)
    return agreed


def all_done(lines: Sequence[RepairOrderLine]) -> dict[UUID, LineProgress]:
    """Everything is completed and issued."""
    done = {line.id: LineProgress.stub(line.id, STORE) for line in lines}
    for line in lines:
        done[line.id].tell((completed if line.kind == "labour" else issued)(line.id, line.ro_id, 9))
    return done


def settled(*lines: EstimateLine) -> tuple[RepairOrder, list[RepairOrderLine], list[Invoice]]:
    """A finished order with its invoices."""
    order = a_draft()
    agreed = authorised(order, *lines)
    done = all_done(agreed)
    order.follow(agreed, done)
    invoices = order.settle(agreed, done)
    for number, invoice in enumerate(invoices, 1):
        invoice.issue(f"SH01-I20261121-{number:04d}")
    order.sign_settlement()
    return order, agreed, invoices


def a_rescue_call(**fields: Any) -> RescueCall:
    """Somebody called from the road just now; help must be there within half an hour."""
    told = {
        "store_id": STORE, "called_on": date(2026, 11, 21), "response_limit_minutes": 30, "caller_name": "赵强",
        "caller_phone": "139 0013 9000", "location": "沪昆高速 K42 应急车道", "latitude_microdeg": 31_012_345,
        "longitude_microdeg": 121_301_234, "words": "车抛锚了", "plate": "沪A12345",
    }  # fmt: skip
    return RescueCall(**told | fields)


def about(subject: UUID, version: int, *, epoch: int = 1, ro_id: UUID | None = None, store: str = STORE) -> About:
    return About(subject=subject, version=version, epoch=epoch, store_id=store, correlation=ro_id)


def reserved(line: UUID, ro: UUID, version: int, *, epoch: int = 1) -> PartsReserved:
    return PartsReserved(
        about=about(line, version, ro_id=ro, epoch=epoch),
        ro_id=ro,
        job_id=ro,
        part_no="A",
        quantity_milli=1_000,
        reserved_at=NOON,
    )


def backordered(line: UUID, ro: UUID, version: int) -> PartsBackordered:
    return PartsBackordered(
        about=about(line, version, ro_id=ro), ro_id=ro, job_id=ro, part_no="A", quantity_milli=1_000, short_milli=1_000,
        eta_at=NOON + timedelta(days=3), backordered_at=NOON,
    )  # fmt: skip


def issued(line: UUID, ro: UUID, version: int = 3, *, store: str = STORE) -> PartsIssued:
    return PartsIssued(
        about=about(line, version, ro_id=ro, store=store),
        ro_id=ro,
        job_id=ro,
        part_no="A",
        quantity_milli=1_000,
        cost_fen=100,
        issued_at=NOON,
    )


def dispatched(job: UUID, ro: UUID, version: int) -> JobDispatched:
    return JobDispatched(about=about(job, version, ro_id=ro), ro_id=ro, technician="T1", bay="B1", dispatched_at=NOON)


def a_note(ro: UUID, job: UUID, stage: Literal["before", "during", "after"]) -> NoteWritten:
    return NoteWritten(about=about(new_id(), 1, ro_id=ro), ro_id=ro, job_id=job, stage=stage, written_at=NOON)


def set_back(job: UUID, ro: UUID, version: int) -> JobSetBack:
    return JobSetBack(about=about(job, version, ro_id=ro), ro_id=ro, reason_code="bay_out_of_order", set_back_at=NOON)


def quality_failed(job: UUID, ro: UUID, version: int, rework_no: int = 1) -> QualityFailed:
    return QualityFailed(
        about=about(job, version, ro_id=ro), ro_id=ro, rework_no=rework_no, fault_code="NOISE", inspector="chen", failed_at=NOON
    )


def completed(job: UUID, ro: UUID, version: int = 5, reworks: int = 0, *, store: str = STORE) -> JobCompleted:
    return JobCompleted(
        about=about(job, version, ro_id=ro, store=store), ro_id=ro, op_code="BRAKE-FRONT", cause="worn", correction="replaced",
        actual_minutes=50, reworks=reworks, shares=[], inspector="chen", completed_at=NOON,
    )  # fmt: skip


def at_risk(job: UUID, ro: UUID, promised_at: datetime, version: int = 1, **told: Any) -> PromiseAtRisk:
    """What the workshop's watch over the job's promise says; one watch for each job."""
    seen: dict[str, Any] = {
        "level": "at_risk", "predicted_at": promised_at, "reason": "short_time", "seen_at": NOON, "watch": job, "epoch": 1,
    }  # fmt: skip
    seen |= told
    of = about(seen.pop("watch"), version, ro_id=ro, epoch=seen.pop("epoch"))
    return PromiseAtRisk(about=of, ro_id=ro, job_id=job, promised_at=promised_at, **seen)


def a_complaint(customer_id: UUID, complaint: UUID | None = None) -> ComplaintOpened:
    return ComplaintOpened(
        about=about(complaint or new_id(), 1), ro_id=new_id(), customer_id=customer_id, category="survey", opened_at=NOON,
        due_at=NOON + timedelta(days=3),
    )  # fmt: skip


def labour(ref: str, *, payer: Payer = "customer", **fields: Any) -> dict[str, Any]:
    """A labour line as a request names it: 0.8 hours at 300 yuan."""
    return {
        "kind": "labour", "ref": ref, "op_code": "BRAKE-FRONT", "description": "Replace front brake pads",
        "flat_hours_milli": 800, "unit_price_fen": 30_000, "tax_bp": 600, "payers": shares({payer: 10_000}),
    } | fields  # fmt: skip


def part(ref: str, *, payer: Payer = "customer", **fields: Any) -> dict[str, Any]:
    """A part line as a request names it: one set at 455 yuan, for the labour line `ref`."""
    return {
        "kind": "part", "labour_line_ref": ref, "part_no": "04465-33480", "description": "Front brake pads",
        "quantity_milli": 1_000, "unit_price_fen": 45_500, "payers": shares({payer: 10_000}),
    } | fields  # fmt: skip


MARK = {"panel": "right_front_door", "kind": "scratch", "left_bp": 2_000, "top_bp": 4_500}
SIGNED = {"signer": "王芳", "channel": "tablet", "strokes": "M 1 1 L 5 9", "paper_no": None}


def an_inquiry(**fields: Any) -> dict[str, Any]:
    """An inquiry sheet as a request names it, read back."""
    symptom = {
        "concern_code": "BRK-NOISE", "condition": "front wheels", "frequency": "often", "occurs": ["cold_start", "braking"],
        "speed_from_kmh": 20, "speed_to_kmh": 60, "outside_to_celsius": 5,
    }  # fmt: skip
    return {
        "words": "冷车时前轮刹车有尖叫声", "symptoms": [symptom], "warning_lamps": ["brake", "abs"], "wishes": ["旧件带走"],
        "read_back": True,
    } | fields  # fmt: skip


def checks(**results: str) -> list[dict[str, str]]:
    """All functions that stores try; they work unless something else is said."""
    return [{"code": code, "result": results.get(code, "ok")} for code in WalkAroundTerms().checks]


def a_walk_around(**fields: Any) -> dict[str, Any]:
    """A whole sheet as a request names it, signed; None leaves a field out."""
    told = {
        "checks": checks(), "fuel_bp": 5_000, "belongings": ["雨伞"], "valuables_reminded": True, "covers_fitted": True,
        "signature": SIGNED,
    } | fields  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def a_sale(vin: str, sale: UUID | None = None, *, version: int = 1, store: str = STORE, **fields: Any) -> VehicleSold:
    """A new car that was sold the day before."""
    told = {
        "vin": vin, "plate": None, "brand": "Shenlan", "model": "S7", "nature": "three_guarantee", "kind": "person",
        "name": "钱多多", "phone": "136 0013 6000", "channel": "wechat", "consent": True,
        "sold_on": date(2026, 11, 20), "in_service_on": date(2026, 11, 20),
    }  # fmt: skip
    return VehicleSold.model_validate({**told, **fields, "about": about(sale or new_id(), version, store=store)})
