"""Test nouns of the workshop."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.workshop.domain import Activity, AuthorisedOrder, Bay, Clock, Job, JobPart, Technician
from shared.database import new_id
from shared.events import About, PayerShare
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.reception import (
    AuthorisedLine,
    AuthorisedService,
    EstimateIssued,
    RepairOrderCancelled,
    VehicleDelivered,
    VehicleIdentified,
    VehicleLentBack,
    VehicleTakenBack,
    WorkAuthorised,
)

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
STORE = "sh01"
OPERATION = "ENGINE-OIL"
SKILL = "engine"
BY_THE_CLOCK = (
    "promise_watches.*", "capacities.*", "capacity_plans.*", "round_plans.*", "safety_rounds.*", "safety_findings.*",
)  # fmt: skip
"""What due work looks at anew, whatever is heard meanwhile."""
CAUSE, CORRECTION = "Sump plug worn.", "Plug and seal replaced."


def a_labour_line(id: UUID | None = None, *, op_code: str = OPERATION) -> AuthorisedLine:
    return AuthorisedLine(
        ro_line_id=id or new_id(), kind="labour", op_code=op_code, flat_hours_milli=800, concern_code="LEAK",
        payers=[PayerShare(payer="customer", share_bp=10_000)], amount_fen=24_000, tax_bp=600,
    )  # fmt: skip


def a_part_line(job_id: UUID, id: UUID | None = None) -> AuthorisedLine:
    return AuthorisedLine(
        ro_line_id=id or new_id(), kind="part", part_no="04152-YZZA1", labour_line_id=job_id, quantity_milli=1_000,
        payers=[PayerShare(payer="customer", share_bp=10_000)], amount_fen=9_800, tax_bp=1_300,
    )  # fmt: skip


def _about(subject: UUID, version: int, ro_id: UUID, store_id: str) -> About:
    return About(subject=subject, version=version, store_id=store_id, correlation=ro_id)


def authorised_work(
    *lines: AuthorisedLine,
    ro_id: UUID | None = None,
    vehicle_id: UUID | None = None,
    version: int = 2,
    store_id: str = STORE,
    promised_at: datetime = NOON + timedelta(hours=4),
) -> WorkAuthorised:
    """The fact that a customer agreed to this work."""
    ro_id = ro_id or new_id()
    return WorkAuthorised(
        about=_about(ro_id, version, ro_id, store_id), ro_no="SH01-20261121-0007", vehicle_id=vehicle_id or new_id(),
        customer_id=new_id(), opened_on="2026-11-21", odometer_km=42_000, promised_at=promised_at, lines=list(lines),
    )  # fmt: skip


def a_delivery(ro_id: UUID, *, version: int = 9) -> VehicleDelivered:
    return VehicleDelivered(
        about=_about(ro_id, version, ro_id, STORE), ro_no="SH01-20261121-0007", vehicle_id=new_id(), customer_id=new_id(),
        odometer_km=42_003, delivered_at=NOON,
    )  # fmt: skip


def a_cancellation(ro_id: UUID, *, version: int = 9) -> RepairOrderCancelled:
    return RepairOrderCancelled(
        about=_about(ro_id, version, ro_id, STORE), vehicle_id=new_id(), customer_id=new_id(), order_kind="repair",
        reason_code="too_expensive", cancelled_at=NOON,
    )  # fmt: skip


def a_lending(ro_id: UUID, *, version: int, at: datetime = NOON, store_id: str = STORE) -> VehicleLentBack:
    return VehicleLentBack(
        about=_about(ro_id, version, ro_id, store_id), vehicle_id=new_id(), customer_id=new_id(), reason_code="wait_parts",
        odometer_km=42_001, lent_at=at,
    )  # fmt: skip


def a_taking_back(ro_id: UUID, *, version: int, at: datetime = NOON, store_id: str = STORE) -> VehicleTakenBack:
    return VehicleTakenBack(
        about=_about(ro_id, version, ro_id, store_id), vehicle_id=new_id(), customer_id=new_id(), odometer_km=42_090,
        taken_back_at=at,
    )  # fmt: skip


def a_price(supplement: UUID, ro_id: UUID, *, number: int = 2, at: datetime = NOON, store_id: str = STORE) -> EstimateIssued:
    """A finding was put to the customer."""
    return EstimateIssued(
        about=_about(new_id(), 1, ro_id, store_id), ro_id=ro_id, number=number, supplement_id=supplement, line_count=1,
        total_fen=50_000, payers=[], issued_at=at,
    )  # fmt: skip


def a_sublet_line(id: UUID | None = None, **told: Any) -> AuthorisedService:
    return AuthorisedService(
        ro_line_id=id or new_id(), kind="sublet", code="GLASS-FRONT",
        payers=[PayerShare(payer="customer", share_bp=10_000)], amount_fen=90_000, tax_bp=600, **told,
    )  # fmt: skip


def an_identity(vehicle_id: UUID, *, plate: str = "沪A12345", version: int = 1, store_id: str = STORE) -> VehicleIdentified:
    return VehicleIdentified(
        about=About(subject=vehicle_id, version=version, store_id=store_id), vin="LSVAU2180N2183294", plate=plate,
        brand="Volkswagen", model="Passat", nature="private",
    )  # fmt: skip


def reserved(line: AuthorisedLine, ro_id: UUID, *, version: int = 1, store_id: str = STORE) -> PartsReserved:
    return PartsReserved(
        about=_about(line.ro_line_id, version, ro_id, store_id), ro_id=ro_id, job_id=line.labour_line_id or new_id(),
        part_no=line.part_no or "", quantity_milli=line.quantity_milli or 0, reserved_at=NOON,
    )  # fmt: skip


def backordered(line: AuthorisedLine, ro_id: UUID, *, version: int = 1, store_id: str = STORE) -> PartsBackordered:
    return PartsBackordered(
        about=_about(line.ro_line_id, version, ro_id, store_id), ro_id=ro_id, job_id=line.labour_line_id or new_id(),
        part_no=line.part_no or "", quantity_milli=line.quantity_milli or 0, short_milli=line.quantity_milli or 0,
        eta_at=NOON + timedelta(days=version), backordered_at=NOON,
    )  # fmt: skip


def issued(line: AuthorisedLine, ro_id: UUID, *, version: int = 2, store_id: str = STORE) -> PartsIssued:
    return PartsIssued(
        about=_about(line.ro_line_id, version, ro_id, store_id), ro_id=ro_id, job_id=line.labour_line_id or new_id(),
        part_no=line.part_no or "", quantity_milli=line.quantity_milli or 0, cost_fen=4_550, issued_at=NOON,
    )  # fmt: skip


def a_technician(code: str = "T1", *, user: str = "chen.jie", skills: tuple[str, ...] = (SKILL,)) -> Technician:
    return Technician(
        store_id=STORE, code=code, name="陈杰", user=user, skills=list(skills), trade="mechanical", grade="technician",
        counts_bp=10_000, certificates=[],
    )  # fmt: skip


def a_bay(code: str = "B1") -> Bay:
    return Bay(store_id=STORE, code=code, kind="lift")


def an_authorised_job(*, op_code: str = OPERATION, parts: int = 0) -> tuple[Job, list[JobPart]]:
    """A job as it stands right after its authorisation, with so many part lines of which nothing was told yet."""
    labour = a_labour_line(op_code=op_code)
    needed = [a_part_line(labour.ro_line_id) for _ in range(parts)]
    event = authorised_work(labour, *needed)
    order, job = AuthorisedOrder.stub(event.about.subject, STORE), Job.stub(labour.ro_line_id, STORE)
    order.authorise(event)
    job.authorise(event, labour)
    rows = [JobPart.stub(line.ro_line_id, STORE) for line in needed]
    for row, line in zip(rows, needed, strict=True):
        row.need(event, line)
        row.follow(order)
    job.follow(order, rows)
    return job, rows


def a_ready_job(*, op_code: str = OPERATION) -> Job:
    """A job that needs no parts."""
    return an_authorised_job(op_code=op_code)[0]


def a_dispatched_job(technician: Technician | None = None) -> Job:
    job = a_ready_job()
    job.dispatch(technician or a_technician(), a_bay(), None)
    return job


def a_clock(technician: Technician | None = None) -> Clock:
    """Of a technician who has come and does nothing yet."""
    clock_ = Clock(technician or a_technician())
    clock_.come(NOON + timedelta(hours=12))
    return clock_


def work_of(clock_: Clock) -> Activity:
    """What the clock runs for, or ran for last."""
    return next(row for row in reversed(clock_.made) if isinstance(row, Activity) and row.on_job)


def a_job_at_work(technician: Technician | None = None) -> tuple[Job, Clock]:
    clock_ = a_clock(technician)
    job = a_dispatched_job(clock_.technician)
    job.start(clock_, [])
    return job, clock_


def a_finished_job() -> tuple[Job, Clock]:
    job, clock_ = a_job_at_work()
    job.finish([clock_], [], CAUSE, CORRECTION)
    return job, clock_
