"""Test nouns of follow-up."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.followup.domain import Complaint, Survey, Terms
from services.followup.inbox import DUE, HEARS
from shared.database import Database, new_id
from shared.events import About, Event
from shared.events.reception import ContactChanged, VehicleDelivered
from shared.inbox import apply
from tests.due import nothing_is_due
from tests.facts import heard

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
STORE = "sh01"
TERMS = Terms(opens_after=timedelta(hours=48), due_after=timedelta(hours=72))


def a_delivery(
    ro_id: UUID | None = None,
    *,
    store_id: str = STORE,
    at: datetime = NOON,
    version: int = 5,
    epoch: int = 1,
    excluded: bool = False,
    customer_id: UUID | None = None,
) -> VehicleDelivered:
    """The fact that a key was handed over."""
    ro_id = ro_id or new_id()
    return VehicleDelivered(
        about=About(subject=ro_id, version=version, epoch=epoch, store_id=store_id, correlation=ro_id),
        ro_no=f"{store_id.upper()}-20261121-0007",
        vehicle_id=new_id(),
        customer_id=customer_id or new_id(),
        odometer_km=42_000,
        delivered_at=at,
        survey_excluded=excluded,
    )


def a_contact(customer_id: UUID, *, version: int = 1, phone: str = "13800138000", consent: bool = True) -> ContactChanged:
    """The fact that a customer can be reached so."""
    return ContactChanged(
        about=About(subject=customer_id, version=version, store_id=STORE),
        name="王小明",
        phone=phone,
        channel="phone",
        consent=consent,
    )


def a_survey_after(delivery: VehicleDelivered, terms: Terms = TERMS) -> Survey:
    """The survey that the delivery calls for."""
    survey = Survey.stub(Survey.id_for(delivery.about.subject), delivery.about.store_id)
    survey.plan(delivery, terms)
    return survey


def a_waiting_survey(terms: Terms = TERMS) -> Survey:
    """A survey after a delivery at noon."""
    return a_survey_after(a_delivery(), terms)


def an_open_survey(terms: Terms = TERMS) -> Survey:
    """A survey that waits for its answer, of version 1."""
    survey = a_waiting_survey(terms)
    survey.open()
    return survey


def a_new_complaint() -> Complaint:
    """A complaint that was just said, of version 1."""
    survey = an_open_survey()
    survey.answer({"repair": 2}, "Still rattles.")
    complaint = Complaint.over(survey)
    complaint.opened()
    return complaint


async def told(database: Database, *facts: Event) -> None:
    """Follow-up has heard these facts."""
    await apply("followup", HEARS, database, [heard(fact) for fact in facts])


async def all_due_work_done(database: Database) -> None:
    await nothing_is_due("followup", database, DUE)


async def an_open_survey_of(database: Database, *, customer_id: UUID | None = None, store_id: str = STORE) -> UUID:
    """The id of a survey in the database that waits for its answer."""
    delivery = a_delivery(at=datetime.now(UTC) - timedelta(hours=50), customer_id=customer_id, store_id=store_id)
    await told(database, delivery)
    await all_due_work_done(database)
    return Survey.id_for(delivery.about.subject)


def ids(deliveries: Sequence[VehicleDelivered]) -> list[UUID]:
    """The ids of the surveys that these deliveries call for."""
    return [Survey.id_for(delivery.about.subject) for delivery in deliveries]
