"""A claim over HTTP: from the draft to the maker's money, with who may do what."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from shared import clock
from shared.database import Database
from tests.callers import called_by, once, seen
from tests.claims.words import Repair, a_drafted_claim_in, a_labour_line, told

CLERK = "claims_clerk"
POLICY = {"brand": "Toyota", "months": 36, "km": 60_000, "valid_from": "2020-01-01T00:00:00+08:00"}


@pytest.fixture(scope="module", autouse=True)
async def policy(client: httpx.AsyncClient) -> None:
    """The group's policy for the brand."""
    made = await client.post("/warranty-policies", json=POLICY, headers=called_by("group_manager", store="*") | once())
    assert made.status_code == 201, made.text


async def steps(client: httpx.AsyncClient, claim: object, *names: str, store: str = "sh01") -> httpx.Response:
    """The clerk takes these steps, each with the version that the one before left."""
    answer = await client.get(f"/claims/{claim}", headers=called_by(CLERK, store=store))
    for name in names:
        match = {"If-Match": answer.headers["etag"]}
        answer = await client.post(f"/claims/{claim}/{name}", json={}, headers=called_by(CLERK, store=store) | once() | match)
        assert answer.status_code == 200, answer.text
    return answer


async def test_a_warranty_job_is_claimed_decided_and_paid(client: httpx.AsyncClient, database: Database) -> None:
    """C1, C2: the whole way, and each step is said once in order."""
    repair = await a_drafted_claim_in(database)
    claim = f"/claims/{repair.job_id}"
    submitted = await steps(client, repair.job_id, "validation", "submission")
    assert submitted.json()["claim_no"].startswith("SH01-C20")
    maker = called_by("integration")
    decision = {"lines": [{"ro_line_id": str(repair.job_id), "approved_fen": 20_000, "reason_code": "HOURS"},
                          {"ro_line_id": str(repair.part_id), "approved_fen": 88_000}]}  # fmt: skip
    match = {"If-Match": submitted.headers["etag"]}
    decided = await client.post(f"{claim}/decision", json=decision, headers=maker | once() | match)
    assert (decided.status_code, decided.json()["claim"]["state"]) == (200, "partially_approved"), decided.text
    match = {"If-Match": decided.headers["etag"]}
    payment = {"amount_fen": 108_000, "reference": "BANK-77"}
    paid = await client.post(f"{claim}/payments", json=payment, headers=maker | once() | match)
    assert (paid.status_code, paid.json()["claim"]["state"], paid.json()["claim"]["open_fen"]) == (201, "paid", 0), paid.text
    assert [line["approved_fen"] for line in paid.json()["lines"]].count(88_000) == 1
    async with database.hearing() as session:
        rows = await session.execute(
            text("SELECT type, version FROM outbox WHERE subject = :id ORDER BY version"), {"id": repair.job_id}
        )
        said = rows.all()
    assert [row.type for row in said] == ["claims.claim_submitted.v1", "claims.claim_decided.v1", "claims.claim_paid.v1"]


async def test_an_invalid_claim_tells_all_that_is_missing_and_cannot_be_submitted(
    client: httpx.AsyncClient, database: Database
) -> None:
    """C1: all failures at once; a brand without policy fails closed."""
    repair = await a_drafted_claim_in(database, brand="Unheard-of", nature="no_warranty", in_service_on=None)
    judged = await steps(client, repair.job_id, "validation")
    assert judged.json()["state"] == "invalid"
    assert set(judged.json()["failures"]) == {"nature_not_covered", "in_service_unknown", "no_policy"}
    match = {"If-Match": judged.headers["etag"]}
    refused = await client.post(f"/claims/{repair.job_id}/submission", json={}, headers=called_by(CLERK) | once() | match)
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")


async def test_claim_numbers_have_no_gap_however_many_are_submitted_at_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    """C1: per store and year; a refused submission takes no number."""
    repairs = [await a_drafted_claim_in(database, store_id="sh02") for _ in range(8)]
    judged = [await steps(client, repair.job_id, "validation", store="sh02") for repair in repairs]
    tags = [{"If-Match": answer.headers["etag"]} for answer in judged]
    clerk = called_by(CLERK, store="sh02")
    answers = await asyncio.gather(
        *(
            client.post(f"/claims/{repair.job_id}/submission", json={}, headers=clerk | once() | tag)
            for repair, tag in [*zip(repairs, tags, strict=True), (repairs[0], tags[0])]
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 8 + [412]
    numbers = {answer.json()["claim_no"] for answer in answers if answer.status_code == 200}
    year = clock.day_in("Asia/Shanghai").year
    assert numbers == {f"SH02-C{year}-{n:05}" for n in range(1, 9)}


async def test_a_job_that_the_customer_pays_is_no_claim(client: httpx.AsyncClient, database: Database) -> None:
    repair = Repair("hz01")
    await told(database, repair.authorised(a_labour_line(payer="customer", id=repair.job_id)), repair.completed())
    clerk = called_by(CLERK, store="hz01")
    assert (await client.get(f"/claims/{repair.job_id}", headers=clerk)).status_code == 404
    assert (await client.get("/claims", params={"store_id": "hz01"}, headers=clerk)).json()["items"] == []
    validated = await client.post(f"/claims/{repair.job_id}/validation", json={}, headers=clerk | once() | seen(1))
    assert validated.status_code == 404


async def test_another_stores_claim_looks_unknown_and_the_maker_prepares_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    repair = await a_drafted_claim_in(database)
    foreign = await client.get(f"/claims/{repair.job_id}", headers=called_by(CLERK, store="hz01"))
    assert foreign.status_code == 404
    maker = await client.post(
        f"/claims/{repair.job_id}/validation", json={}, headers=called_by("integration") | once() | seen(1)
    )
    assert maker.status_code == 403


async def test_policies_are_kept_per_store_and_for_the_group_by_who_may(client: httpx.AsyncClient) -> None:
    """Policies are data with versions: a store's clerk keeps the store's, only the group's manager the group's."""
    clerk = called_by(CLERK, store="hz01")
    versions = [
        (await client.post("/stores/hz01/warranty-policies", json=POLICY | {"model": "Yaris"}, headers=clerk | once())).json()
        for _ in range(2)
    ]
    assert [(each["store_id"], each["version"], each["model"]) for each in versions] == [
        ("hz01", 1, "Yaris"),
        ("hz01", 2, "Yaris"),
    ]
    assert (await client.post("/stores/sh01/warranty-policies", json=POLICY, headers=clerk | once())).status_code == 404
    assert (await client.post("/warranty-policies", json=POLICY, headers=clerk | once())).status_code == 403
    one_store = called_by("group_manager", store="hz01")
    assert (await client.post("/warranty-policies", json=POLICY, headers=one_store | once())).status_code == 403
    listed = (await client.get("/warranty-policies", headers=clerk)).json()["items"]
    assert {each["store_id"] for each in listed} == {"hz01", "all"}
