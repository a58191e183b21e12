"""Test nouns of the console: the facts of one car's stay, as the services say them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from services.console.commands import KeepUser
from services.console.inbox import HEARS
from shared.database import Database, new_id
from shared.events import About, Event, PayerShare
from shared.events.claims import ClaimDecided, ClaimPaid, ClaimSubmitted, DecidedLine
from shared.events.followup import ComplaintOpened, SurveyAnswered, SurveyDue
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.reception import (
    AuthorisedLine,
    AuthorisedService,
    InvoiceIssued,
    PaymentReceived,
    RepairOrderCancelled,
    VehicleCheckedIn,
    VehicleDelivered,
    VehicleIdentified,
    WorkAuthorised,
)
from shared.events.workshop import JobCompleted, JobDispatched, JobSetBack, QualityFailed, TechnicianShare
from shared.inbox import apply
from tests.facts import heard

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
MANAGER = KeepUser(name="群经理", password="manager's password", grants={"*": ["group_manager", "ops"]})
ADVISOR = KeepUser(name="lin.wei", password="lin.wei's password", grants={"sh01": ["advisor"]}, language="en")
OPERATOR = KeepUser(name="ops", password="operator's password", grants={"*": ["ops"]})
PROMISED = NOON + timedelta(hours=4)


class AStay:
    """One car's stay in a store: an oil change, and brakes for which pads are needed.  Each method says one fact."""

    def __init__(
        self,
        store_id: str = "sh01",
        *,
        plate: str = "沪A8K2M7",
        promised_at: datetime = PROMISED,
        arrived_at: datetime = NOON,
    ) -> None:
        self.store_id, self.plate, self.promised_at, self.arrived_at = store_id, plate, promised_at, arrived_at
        self.ro_id, self.vehicle_id, self.customer_id = new_id(), new_id(), new_id()
        self.oil, self.brakes, self.pads, self.invoice, self.survey, self.claim = (new_id() for _ in range(6))
        self.ro_no = f"{store_id.upper()}-20261121-{int(self.ro_id.hex[-4:], 16) % 10000:04}"

    def about(self, subject: UUID, version: int, epoch: int = 1) -> About:
        return About(subject=subject, version=version, epoch=epoch, store_id=self.store_id, correlation=self.ro_id)

    def at(self, minutes: int) -> datetime:
        return self.arrived_at + timedelta(minutes=minutes)

    def identified(self, version: int = 1, **changed: Any) -> VehicleIdentified:
        fields = {"vin": "LFV3A23C8J3000001", "plate": self.plate, "brand": "Toyota", "model": "RAV4", "nature": "private"}
        return VehicleIdentified(about=self.about(self.vehicle_id, version), **{**fields, **changed})

    def checked_in(self) -> VehicleCheckedIn:
        return VehicleCheckedIn(
            about=self.about(self.ro_id, 1), vehicle_id=self.vehicle_id, customer_id=self.customer_id, advisor="lin.wei",
            odometer_km=42_000, fuel_bp=5_000, damage_marks=1, checked_in_at=self.at(0), promised_at=self.promised_at,
        )  # fmt: skip

    def authorised(self, version: int = 2, *, promised_at: datetime | None = None) -> WorkAuthorised:
        payers = [PayerShare(payer="customer", share_bp=10_000)]
        return WorkAuthorised(
            about=self.about(self.ro_id, version), ro_no=self.ro_no, vehicle_id=self.vehicle_id, customer_id=self.customer_id,
            opened_on="2026-11-21", odometer_km=42_000, promised_at=promised_at or self.promised_at,
            lines=[
                AuthorisedLine(ro_line_id=self.oil, kind="labour", op_code="O1", payers=payers, amount_fen=24_000, tax_bp=600),
                AuthorisedLine(ro_line_id=self.brakes, kind="labour", op_code="B1", payers=payers, amount_fen=60_000, tax_bp=0),
                AuthorisedLine(
                    ro_line_id=self.pads, kind="part", part_no="04465", labour_line_id=self.brakes, quantity_milli=1_000,
                    payers=payers, amount_fen=38_000, tax_bp=1_300,
                ),
            ],
        )  # fmt: skip

    def with_services(self, *completed_after: int | None, version: int = 2, jobs: bool = True) -> WorkAuthorised:
        """Beside the jobs (or alone) as many services, done after so many minutes (None: not yet)."""
        payers = [PayerShare(payer="customer", share_bp=10_000)]
        services = [
            AuthorisedService(
                ro_line_id=new_id(), kind="agency", code="licence", payers=payers, amount_fen=1, tax_bp=600,
                completed_at=None if minutes is None else self.at(minutes),
            )
            for minutes in completed_after
        ]  # fmt: skip
        work = self.authorised(version)
        return work.model_copy(update={"services": services, "lines": work.lines if jobs else []})

    def cancelled(self, version: int = 9) -> RepairOrderCancelled:
        return RepairOrderCancelled(
            about=self.about(self.ro_id, version), vehicle_id=self.vehicle_id, customer_id=self.customer_id,
            order_kind="repair", reason_code="too_expensive", cancelled_at=self.at(50),
        )  # fmt: skip

    def without_work(self) -> WorkAuthorised:
        """What is said beside it of work that had been agreed."""
        return self.authorised(8).model_copy(update={"lines": []})

    def backordered(self, version: int = 1, *, eta_at: datetime | None = None) -> PartsBackordered:
        return PartsBackordered(
            about=self.about(self.pads, version), ro_id=self.ro_id, job_id=self.brakes, part_no="04465", quantity_milli=1_000,
            short_milli=1_000, eta_at=eta_at, backordered_at=self.at(10),
        )  # fmt: skip

    def reserved(self, version: int = 2) -> PartsReserved:
        return PartsReserved(
            about=self.about(self.pads, version), ro_id=self.ro_id, job_id=self.brakes, part_no="04465", quantity_milli=1_000,
            reserved_at=self.at(30),
        )  # fmt: skip

    def issued(self, version: int = 3) -> PartsIssued:
        return PartsIssued(
            about=self.about(self.pads, version), ro_id=self.ro_id, job_id=self.brakes, part_no="04465", quantity_milli=1_000,
            cost_fen=21_000, issued_at=self.at(40),
        )  # fmt: skip

    def dispatched(self, job: UUID, version: int = 1, technician: str = "T01") -> JobDispatched:
        return JobDispatched(
            about=self.about(job, version), ro_id=self.ro_id, technician=technician, bay="B1",
            dispatched_at=self.at(35 + version),
        )  # fmt: skip

    def set_back(self, job: UUID, version: int = 2) -> JobSetBack:
        about = self.about(job, version)
        return JobSetBack(about=about, ro_id=self.ro_id, reason_code="bay_out_of_order", set_back_at=self.at(50))

    def failed(self, job: UUID, version: int = 2) -> QualityFailed:
        return QualityFailed(
            about=self.about(job, version), ro_id=self.ro_id, rework_no=1, fault_code="noise", inspector="Q01",
            failed_at=self.at(60),
        )  # fmt: skip

    def completed(self, job: UUID, version: int = 3) -> JobCompleted:
        return JobCompleted(
            about=self.about(job, version), ro_id=self.ro_id, op_code="BRAKES", cause="worn", correction="replaced",
            actual_minutes=40, reworks=1, shares=[TechnicianShare(technician="T01", worked_minutes=40)], inspector="Q01",
            completed_at=self.at(90),
        )  # fmt: skip

    def invoiced(self) -> InvoiceIssued:
        return InvoiceIssued(
            about=self.about(self.invoice, 1), ro_id=self.ro_id, invoice_no="I-1", payer="customer", amount_fen=122_000,
            issued_at=self.at(100),
        )  # fmt: skip

    def paid(self) -> PaymentReceived:
        return PaymentReceived(
            about=self.about(self.invoice, 2), ro_id=self.ro_id, payment_id=new_id(), method="cash", amount_fen=122_000,
            paid_fen=122_000, open_fen=0, received_at=self.at(105),
        )  # fmt: skip

    def delivered(self) -> VehicleDelivered:
        return VehicleDelivered(
            about=self.about(self.ro_id, 3), ro_no=self.ro_no, vehicle_id=self.vehicle_id, customer_id=self.customer_id,
            odometer_km=42_003, delivered_at=self.at(110),
        )  # fmt: skip

    def survey_due(self) -> SurveyDue:
        return SurveyDue(
            about=self.about(self.survey, 1), ro_id=self.ro_id, customer_id=self.customer_id, opened_at=self.at(200),
            due_at=self.at(300),
        )  # fmt: skip

    def answered(self) -> SurveyAnswered:
        return SurveyAnswered(
            about=self.about(self.survey, 2), ro_id=self.ro_id, customer_id=self.customer_id, scores={"overall": 3},
            lowest_score=3, low=True, answered_at=self.at(210),
        )  # fmt: skip

    def complained(self) -> ComplaintOpened:
        return ComplaintOpened(
            about=self.about(self.claim, 1), ro_id=self.ro_id, customer_id=self.customer_id, survey_id=self.survey,
            category="survey", opened_at=self.at(210), due_at=self.at(900),
        )  # fmt: skip

    def claimed(self) -> list[Event]:
        """Submitted, decided in part, paid."""
        line = DecidedLine(ro_line_id=self.brakes, claimed_fen=60_000, approved_fen=50_000)
        return [
            ClaimSubmitted(
                about=self.about(self.claim, 1), ro_id=self.ro_id, job_id=self.brakes, claim_no="C-1", claimed_fen=60_000,
                submitted_at=self.at(120),
            ),
            ClaimDecided(
                about=self.about(self.claim, 2), ro_id=self.ro_id, outcome="partially_approved", claimed_fen=60_000,
                approved_fen=50_000, lines=[line], decided_at=self.at(130),
            ),
            ClaimPaid(
                about=self.about(self.claim, 3), ro_id=self.ro_id, payment_id=new_id(), amount_fen=50_000, paid_fen=50_000,
                open_fen=0, paid_at=self.at(140),
            ),
        ]  # fmt: skip

    def whole(self) -> list[Event]:
        """Every fact of a stay with a back-order, a rework, a warranty claim and a complaint, in the order of events."""
        return [
            self.identified(), self.checked_in(), self.authorised(), self.backordered(eta_at=self.at(30)), self.reserved(),
            self.issued(), self.dispatched(self.oil), self.completed(self.oil, 2), self.dispatched(self.brakes),
            self.failed(self.brakes), self.completed(self.brakes), self.invoiced(), self.paid(), self.delivered(),
            self.survey_due(), self.answered(), self.complained(), *self.claimed(),
        ]  # fmt: skip


async def happened(database: Database, *facts: Event) -> None:
    """The console has heard these facts."""
    await apply("console", HEARS, database, [heard(fact) for fact in facts])


async def logged_in(client: httpx.AsyncClient, user: KeepUser) -> dict[str, str]:
    """Headers of a browser in which the user is logged in."""
    client.cookies.clear()
    answer = await client.post("/login", data={"name": user.name, "password": user.password}, headers=from_our_page(client))
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"].partition(";")[0]
    client.cookies.clear()
    return {"cookie": cookie, "accept": "text/html", **from_our_page(client)}


def from_our_page(client: httpx.AsyncClient) -> dict[str, str]:
    """The header by which browsers say where a form came from."""
    return {"origin": str(client.base_url).rstrip("/")}
