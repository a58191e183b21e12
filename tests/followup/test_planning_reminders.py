"""The first maintenance of a sold car is planned, and merged customers are reached under the file that holds."""

from datetime import date
from uuid import UUID

import pytest

from services.followup.domain import Base
from services.followup.inbox import HEARS
from shared.database import Database, new_id
from shared.events import About
from shared.events.reception import CustomerMerged, VehicleFileOpened
from tests.convergence import every_order_leads_to_one_state
from tests.followup.words import NOON, a_contact

pytestmark = pytest.mark.usefixtures("at_noon")


def opened(vehicle: UUID, version: int, on: str) -> VehicleFileOpened:
    return VehicleFileOpened(
        about=About(subject=vehicle, version=version, store_id="sh01"), customer_id=new_id(), in_service_on="2026-11-02",
        first_maintenance_on=on, first_maintenance_km=5_000, opened_at=NOON,
    )  # fmt: skip


async def test_the_newest_word_plans_the_first_maintenance(database: Database) -> None:
    """F5, K10; reliability promise 8."""
    vehicle = new_id()
    facts = [opened(vehicle, 2, "2027-05-02"), opened(vehicle, 3, "2027-06-01")]
    state = await every_order_leads_to_one_state(
        facts, service="followup", hears=HEARS, database=database, metadata=Base.metadata, ignoring=["version"]
    )
    [row] = [row for row in state["reminders"] if row["vehicle_id"] == vehicle]
    assert (row["due_on"], row["due_km"], row["state"]) == (date(2027, 6, 1), 5_000, "planned")


async def test_a_merge_is_remembered_whenever_it_is_heard(database: Database) -> None:
    """R10; reliability promise 8."""
    given_up, kept = new_id(), new_id()
    merged = CustomerMerged(about=About(subject=given_up, version=9, store_id="sh01"), into_customer_id=kept, merged_at=NOON)
    facts = [a_contact(given_up, version=1, phone="13800138000"), merged, a_contact(kept, version=1, phone="13900139000")]
    state = await every_order_leads_to_one_state(
        facts, service="followup", hears=HEARS, database=database, metadata=Base.metadata, ignoring=["version"]
    )
    leads = {row["customer_id"]: row["merged_into"] for row in state["contacts"]}
    assert (leads[given_up], leads[kept]) == (kept, None)
