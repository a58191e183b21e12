"""Whatever order and repetition the facts of a delivery come in, follow-up ends in the same state."""

from datetime import timedelta

import pytest

from services.followup.domain import Base
from services.followup.inbox import HEARS
from shared.database import Database, new_id
from tests.convergence import every_order_leads_to_one_state
from tests.followup.words import NOON, a_contact, a_delivery

pytestmark = pytest.mark.usefixtures("at_noon")


async def test_deliveries_and_contacts_in_any_order_plan_the_same_surveys(database: Database) -> None:
    """F1.  The newest word on a delivery and on a contact wins."""
    ro, customer = new_id(), new_id()
    facts = [
        a_contact(customer, version=1, phone="13800138000"),
        a_contact(customer, version=2, phone="13900139000", consent=False),
        a_delivery(ro, version=5, customer_id=customer),
        a_delivery(ro, version=6, customer_id=customer, excluded=True),
        a_delivery(ro, version=1, epoch=2, customer_id=customer, at=NOON + timedelta(hours=1)),
        a_delivery(customer_id=customer, excluded=True),
    ]
    state = await every_order_leads_to_one_state(
        facts, service="followup", hears=HEARS, database=database, metadata=Base.metadata, ignoring=["version", "state_seq"]
    )
    assert [(row["phone"], row["consent"]) for row in state["contacts"] if row["customer_id"] == customer] == [
        ("13900139000", False)
    ]
    ours = {row["ro_id"]: row for row in state["surveys"]}
    assert (ours[ro]["state"], ours[ro]["delivered_at"]) == ("waiting", NOON + timedelta(hours=1))
    assert ours[facts[-1].about.subject]["state"] == "void"
