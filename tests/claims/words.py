"""Test nouns of claims."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.claims.domain import AuthorisedOrder, Claim, Vehicle, WarrantyLine, WarrantyPolicy
from services.claims.inbox import HEARS
from shared.database import Database, new_id
from shared.events import About, Event, Payer, PayerShare
from shared.events.parts import PartsIssued
from shared.events.reception import AuthorisedLine, VehicleDelivered, VehicleIdentified, WorkAuthorised
from shared.events.workshop import JobCompleted, TechnicianShare
from shared.inbox import apply
from tests.facts import heard

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
STORE = "sh01"
BRAND, MODEL = "Toyota", "Corolla"
OPENED_ON = "2026-11-21"


def a_labour_line(*, payer: Payer = "warranty", amount_fen: int = 24_000, id: UUID | None = None) -> AuthorisedLine:
    """Its id is the job's."""
    return AuthorisedLine(
        ro_line_id=id or new_id(),
        kind="labour",
        op_code="ENG-WPUMP",
        flat_hours_milli=1_200,
        payers=[PayerShare(payer=payer, share_bp=10_000)],
        amount_fen=amount_fen,
        tax_bp=600,
    )


def a_part_line(job_id: UUID, *, payer: Payer = "warranty", amount_fen: int = 88_000, id: UUID | None = None) -> AuthorisedLine:
    return AuthorisedLine(
        ro_line_id=id or new_id(),
        kind="part",
        part_no="16100-29085",
        labour_line_id=job_id,
        quantity_milli=1_000,
        payers=[PayerShare(payer=payer, share_bp=10_000)],
        amount_fen=amount_fen,
        tax_bp=1_300,
    )


@dataclass(frozen=True)
class Repair:
    """One repair order with a warranty job of one labour and one part line, and the facts that are said of it."""

    store_id: str = STORE
    ro_id: UUID = field(default_factory=new_id)
    vehicle_id: UUID = field(default_factory=new_id)
    job_id: UUID = field(default_factory=new_id)
    part_id: UUID = field(default_factory=new_id)

    def _about(self, subject: UUID, version: int, epoch: int = 1) -> About:
        return About(subject=subject, version=version, epoch=epoch, store_id=self.store_id, correlation=self.ro_id)

    @property
    def lines(self) -> list[AuthorisedLine]:
        return [a_labour_line(id=self.job_id), a_part_line(self.job_id, id=self.part_id)]

    def authorised(
        self,
        *lines: AuthorisedLine,
        version: int = 2,
        epoch: int = 1,
        opened_on: str = OPENED_ON,
        odometer_km: int = 42_000,
    ) -> WorkAuthorised:
        """The customer agreed to these lines (the two of the warranty job, when none are given)."""
        return WorkAuthorised(
            about=self._about(self.ro_id, version, epoch),
            ro_no=f"{self.store_id.upper()}-20261121-0007",
            vehicle_id=self.vehicle_id,
            customer_id=new_id(),
            opened_on=opened_on,
            odometer_km=odometer_km,
            promised_at=NOON,
            lines=list(lines) or self.lines,
        )

    def completed(self, *, job_id: UUID | None = None, version: int = 3, cause: str = "Bearing worn") -> JobCompleted:
        """The job passed its quality check."""
        return JobCompleted(
            about=self._about(job_id or self.job_id, version),
            ro_id=self.ro_id,
            op_code="ENG-WPUMP",
            cause=cause,
            correction="Pump replaced",
            actual_minutes=70,
            reworks=0,
            shares=[TechnicianShare(technician="T1", worked_minutes=70)],
            inspector="Q1",
            completed_at=NOON + timedelta(hours=version),
        )

    def issued(self, *, part_id: UUID | None = None, job_id: UUID | None = None, version: int = 2) -> PartsIssued:
        """The part was handed to the job."""
        return PartsIssued(
            about=self._about(part_id or self.part_id, version),
            ro_id=self.ro_id,
            job_id=job_id or self.job_id,
            part_no="16100-29085",
            quantity_milli=1_000,
            cost_fen=61_000,
            issued_at=NOON,
        )

    def delivered(self, *, version: int = 5) -> VehicleDelivered:
        """The key was handed over."""
        return VehicleDelivered(
            about=self._about(self.ro_id, version),
            ro_no="SH01-20261121-0007",
            vehicle_id=self.vehicle_id,
            customer_id=new_id(),
            odometer_km=42_003,
            delivered_at=NOON,
        )

    def identified(
        self,
        *,
        version: int = 1,
        nature: str = "private",
        in_service_on: str | None = "2025-03-01",
        brand: str = BRAND,
        model: str = MODEL,
    ) -> VehicleIdentified:
        """The vehicle's identity is known."""
        return VehicleIdentified(
            about=About(subject=self.vehicle_id, version=version, store_id=self.store_id),
            vin="LVGBH40K6GG000001",
            plate="沪A12345",
            brand=brand,
            model=model,
            nature=nature,
            in_service_on=in_service_on,
        )


def a_policy(
    *,
    store_id: str = "all",
    brand: str = BRAND,
    model: str | None = None,
    months: int = 36,
    km: int = 60_000,
    valid_from: datetime = datetime(2020, 1, 1, tzinfo=UTC),
    version: int = 1,
) -> WarrantyPolicy:
    return WarrantyPolicy(
        id=new_id(),
        store_id=store_id,
        name="warranty",
        version=version,
        valid_from=valid_from,
        value={"brand": brand, "model": model, "months": months, "km": km},
    )


def a_repair_order(
    *, opened_on: date = date(2026, 11, 21), odometer_km: int = 42_000, store_id: str = STORE
) -> AuthorisedOrder:
    order = AuthorisedOrder.stub(new_id(), store_id)
    order.authorise(Repair(store_id).authorised(opened_on=opened_on.isoformat(), odometer_km=odometer_km))
    return order


def a_vehicle(**told: Any) -> Vehicle:
    """A vehicle whose identity is known."""
    repair = Repair()
    vehicle = Vehicle.stub(repair.vehicle_id, STORE)
    vehicle.identify(repair.identified(**told))
    return vehicle


def a_drafted_claim(*, cause: str = "Bearing worn", issued: bool = True) -> Claim:
    """The claim of a completed warranty job: 240 yuan of labour, 880 yuan of a part."""
    repair = Repair()
    claim = Claim.stub(repair.job_id, STORE)
    for line in repair.lines:
        row = WarrantyLine.stub(line.ro_line_id, STORE)
        row.belong(claim.id, line.kind)
        claim.lines.append(row)
    if issued:
        claim.lines[1].issue(repair.issued())
    claim.authorise({line.ro_line_id: line for line in repair.lines})
    claim.complete(repair.completed(cause=cause))
    return claim


def a_validated_claim() -> Claim:
    claim = a_drafted_claim()
    claim.validate(a_repair_order(), a_vehicle(), [a_policy()], "Asia/Shanghai")
    return claim


def a_submitted_claim() -> Claim:
    claim = a_validated_claim()
    claim.submit("SH01-C2026-00001")
    return claim


def approving(claim: Claim, *approved_fen: int) -> list[tuple[UUID, int, str | None]]:
    """The maker's decision on the claim's lines, in their order."""
    return [(line.id, approved, None) for line, approved in zip(claim.claimed_lines, approved_fen, strict=True)]


def a_decided_claim(*approved_fen: int) -> Claim:
    """Approved with these amounts of 240 and 880 yuan; in full, when none are given."""
    claim = a_submitted_claim()
    claim.decide(approving(claim, *(approved_fen or (24_000, 88_000))))
    return claim


async def told(database: Database, *facts: Event) -> None:
    """Claims has heard these facts."""
    await apply("claims", HEARS, database, [heard(fact) for fact in facts])


async def a_drafted_claim_in(database: Database, store_id: str = STORE, **identity: Any) -> Repair:
    """A repair whose warranty job is completed and known to claims."""
    repair = Repair(store_id)
    await told(database, repair.identified(**identity), repair.authorised(), repair.issued(), repair.completed())
    return repair


def codes(found: Sequence[object]) -> set[str]:
    """Failure codes without their order."""
    return {str(code) for code in found}
