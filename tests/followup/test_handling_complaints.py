"""What happens to a complaint until the customer is satisfied."""

import httpx
import pytest

from shared.database import Database
from shared.refusal import Refused
from tests.callers import called_by, once, seen
from tests.followup.words import a_new_complaint, an_open_survey_of

AGENT = "followup_agent"


@pytest.mark.usefixtures("at_noon")
def test_a_complaint_cannot_be_closed_before_the_customer_was_contacted() -> None:
    """F4."""
    complaint = a_new_complaint()
    with pytest.raises(Refused, match="illegal_transition"):
        complaint.close("Tightened.")
    complaint.contact()
    complaint.close("Tightened.")
    assert (complaint.state, complaint.version) == ("closed", 3)


async def test_a_complaint_is_closed_only_when_the_customer_is_satisfied(client: httpx.AsyncClient, database: Database) -> None:
    """F4: closed only when the customer is satisfied."""
    survey = await an_open_survey_of(database)
    answered = await client.post(
        f"/surveys/{survey}/answer", json={"scores": {"repair": 1}}, headers=called_by(AGENT) | once() | seen(1)
    )
    complaint = f"/complaints/{answered.json()['complaint_id']}"
    waiting = await client.get("/complaints", params={"state": "new"}, headers=called_by("store_manager"))
    assert complaint.rpartition("/")[2] in {item["id"] for item in waiting.json()["items"]}
    await client.post(f"{complaint}/contact", json={}, headers=called_by("store_manager") | once() | seen(1))
    solution = {"solution": "Bracket tightened, test drive with the customer.", "customer_satisfied": False}
    unhappy = await client.post(f"{complaint}/closing", json=solution, headers=called_by(AGENT) | once() | seen(2))
    assert unhappy.status_code == 422
    closed = await client.post(
        f"{complaint}/closing", json=solution | {"customer_satisfied": True}, headers=called_by(AGENT) | once() | seen(2)
    )
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
