"""Recording what the customer says: the rule in memory, the whole answer over HTTP and in the database."""

import httpx
import pytest
from sqlalchemy import text

from services.followup.domain import Complaint
from shared.database import Database, new_id
from shared.refusal import Refused
from tests.callers import called_by, once, seen
from tests.followup.words import a_contact, a_waiting_survey, an_open_survey, an_open_survey_of, told

AGENT = "followup_agent"


@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(("lowest", "low"), [(5, True), (6, False)])
def test_a_score_below_the_threshold_is_low(lowest: int, low: bool) -> None:
    """F1, F4: the policy's default is 6, which itself is not low."""
    said = an_open_survey().answer({"repair": lowest, "friendliness": 10}, None)
    assert (said.lowest_score, said.low, said.about.version) == (lowest, low, 2)


@pytest.mark.usefixtures("at_noon")
def test_only_an_open_survey_can_be_answered_and_only_once() -> None:
    with pytest.raises(Refused, match="illegal_transition"):
        a_waiting_survey().answer({"repair": 9}, None)
    survey = an_open_survey()
    survey.answer({"repair": 9}, None)
    with pytest.raises(Refused, match="illegal_transition"):
        survey.answer({"repair": 9}, None)
    with pytest.raises(Refused, match="survey_not_open"):
        survey.attempt("reached", None)


@pytest.mark.usefixtures("at_noon")
def test_a_complaint_over_a_low_score_must_be_solved_within_three_days() -> None:
    """F4."""
    survey = an_open_survey()
    survey.answer({"repair": 1}, "It rattles.")
    said = Complaint.over(survey).opened()
    assert (said.due_at - said.opened_at).total_seconds() == 72 * 3600
    assert (said.survey_id, said.category, said.about.correlation) == (survey.id, "low_score", survey.ro_id)


async def test_a_low_score_opens_the_complaint_in_the_transaction_of_the_answer(
    client: httpx.AsyncClient, database: Database
) -> None:
    """F1, F4: problems are taken up at once; the customer's words never leave follow-up."""
    survey = await an_open_survey_of(database)
    words = "换了件还是有异响"
    answered = await client.post(
        f"/surveys/{survey}/answer",
        json={"scores": {"repair": 3, "friendliness": 9}, "words": words},
        headers=called_by(AGENT) | once() | seen(1),
    )
    assert answered.status_code == 200, answered.text
    complaint = answered.json()["complaint_id"]
    async with database.hearing() as session:
        rows = await session.execute(
            text("SELECT type, announced_at, body FROM outbox WHERE subject = ANY(:ids) AND type NOT LIKE '%survey_due%'"),
            {"ids": [survey, complaint]},
        )
        said = rows.all()
    assert {row.type for row in said} == {"followup.survey_answered.v1", "followup.complaint_opened.v1"}
    assert len({row.announced_at for row in said}) == 1, "both in one transaction"
    assert all(words not in row.body for row in said)
    shown = await client.get(f"/complaints/{complaint}", headers=called_by("store_manager"))
    assert (shown.json()["complaint"]["state"], shown.json()["words"]) == ("new", words)


async def test_a_good_answer_opens_no_complaint_and_repeating_it_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    survey = await an_open_survey_of(database)
    address, body, headers = f"/surveys/{survey}/answer", {"scores": {"repair": 10}}, called_by(AGENT) | once() | seen(1)
    first = await client.post(address, json=body, headers=headers)
    second = await client.post(address, json=body, headers=headers)
    assert first.json() == second.json()
    assert first.json()["complaint_id"] is None
    assert (first.json()["survey"]["state"], first.headers["etag"]) == ("answered", '"2"')


@pytest.mark.parametrize(
    "scores", [{}, {"repair": 0}, {"repair": 11}, {"repair": True}, {"a b": 5}, {f"q{n}": 5 for n in range(11)}]
)
async def test_scores_that_are_none_are_refused_with_their_field(
    client: httpx.AsyncClient, database: Database, scores: dict[str, int]
) -> None:
    survey = await an_open_survey_of(database)
    refused = await client.post(
        f"/surveys/{survey}/answer", json={"scores": scores}, headers=called_by(AGENT) | once() | seen(1)
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["loc"][:2] == ["body", "scores"]


async def test_calls_are_logged_and_an_edit_in_between_is_noticed(client: httpx.AsyncClient, database: Database) -> None:
    """F1: each attempt with who called and what came of it."""
    survey = await an_open_survey_of(database)
    logged = await client.post(
        f"/surveys/{survey}/attempts", json={"outcome": "no_answer"}, headers=called_by(AGENT) | once() | seen(1)
    )
    assert logged.status_code == 201
    stale = await client.post(
        f"/surveys/{survey}/attempts", json={"outcome": "reached"}, headers=called_by(AGENT) | once() | seen(1)
    )
    assert stale.status_code == 412
    shown = await client.get(f"/surveys/{survey}", headers=called_by(AGENT))
    assert [(each["outcome"], each["called_by"]) for each in shown.json()["attempts"]] == [("no_answer", "user:lin.wei")]
    assert shown.headers["etag"] == logged.headers["etag"]


async def test_only_who_calls_customers_sees_how_to_reach_them(client: httpx.AsyncClient, database: Database) -> None:
    """Personal data goes to the role that needs it; another store's survey looks unknown."""
    customer = new_id()
    await told(database, a_contact(customer, phone="13912345678"))
    survey = await an_open_survey_of(database, customer_id=customer)
    agent = await client.get(f"/surveys/{survey}", headers=called_by(AGENT))
    assert agent.json()["contact"] == {"name": "王小明", "phone": "13912345678", "channel": "phone", "consent": True}
    manager = await client.get(f"/surveys/{survey}", headers=called_by("group_manager", store="*"))
    assert "13912345678" not in manager.text
    stranger = await client.get(f"/surveys/{survey}", headers=called_by(AGENT, store="hz01"))
    assert stranger.status_code == 404


async def test_who_gave_no_consent_is_not_called_and_may_answer_all_the_same(
    client: httpx.AsyncClient, database: Database
) -> None:
    """F1: the number is shown to nobody; the newest word on the consent counts."""
    customer = new_id()
    await told(database, a_contact(customer, phone="13912345678", consent=False))
    survey = await an_open_survey_of(database, customer_id=customer)
    shown = await client.get(f"/surveys/{survey}", headers=called_by(AGENT))
    assert shown.json()["contact"] == {"name": "王小明", "phone": None, "channel": "phone", "consent": False}
    call = {"outcome": "reached"}
    refused = await client.post(f"/surveys/{survey}/attempts", json=call, headers=called_by(AGENT) | once() | seen(1))
    assert (refused.status_code, refused.json()["code"]) == (409, "no_consent")
    answered = await client.post(
        f"/surveys/{survey}/answer", json={"scores": {"repair": 9}}, headers=called_by(AGENT) | once() | seen(1)
    )
    assert (answered.status_code, answered.json()["survey"]["state"]) == (200, "answered")
    other = await an_open_survey_of(database, customer_id=customer)
    await told(database, a_contact(customer, version=2, phone="13912345678"))
    logged = await client.post(f"/surveys/{other}/attempts", json=call, headers=called_by(AGENT) | once() | seen(1))
    assert logged.status_code == 201, logged.text


async def test_surveys_and_complaints_are_found_by_their_repair_order(client: httpx.AsyncClient, database: Database) -> None:
    survey, _ = await an_open_survey_of(database), await an_open_survey_of(database)
    low = {"scores": {"repair": 1}}
    answer = await client.post(f"/surveys/{survey}/answer", json=low, headers=called_by(AGENT) | once() | seen(1))
    answered = answer.json()
    for address, id in (("/surveys", str(survey)), ("/complaints", answered["complaint_id"])):
        found = await client.get(address, params={"ro_id": answered["survey"]["ro_id"]}, headers=called_by(AGENT))
        assert [item["id"] for item in found.json()["items"]] == [id]


async def test_surveys_are_listed_page_by_page_those_due_first_on_top(client: httpx.AsyncClient, database: Database) -> None:
    expected = [str(await an_open_survey_of(database, store_id="sh02")) for _ in range(3)]
    found: list[str] = []
    query = {"store_id": "sh02", "state": "open", "limit": "2"}
    while True:
        page = (await client.get("/surveys", params=query, headers=called_by(AGENT, store="sh02"))).json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == expected
