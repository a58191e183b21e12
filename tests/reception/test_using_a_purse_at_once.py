"""R14: whoever comes first takes it; two at once never overdraw what a member holds, and nobody waits for ever."""

import asyncio
from collections import Counter as Count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from services.reception.queries.ledger import differences
from tests.callers import called_by, once, seen
from tests.reception.counter import Counter, Told
from tests.reception.members import a_bill, a_member, does, now, pays
from tests.reception.test_joining_and_leaving import merge
from tests.shared.turnstile import until

AGAIN = {409, 412, 503}


async def asked(counter: Counter, path: str, version: int, body: Told, *roles: str, store: str = "sh01") -> int:
    headers = called_by(*(roles or ("cashier",)), store=store) | once() | seen(version)
    return (await counter.client.post(path, json=body, headers=headers)).status_code


async def test_two_redemptions_at_once_never_overdraw(counter: Counter) -> None:
    """R14: eight bills of one member are paid at once; the purse is good for five of them."""
    member = await a_member(counter, top_up=10_000)
    bills = [await a_bill(counter, member["customer"]) for _ in range(8)]
    body = {"method": "stored_value", "amount_fen": 2_000}
    answers = await asyncio.gather(
        *(asked(counter, f"/invoices/{bill['id']}/payments", bill["version"], body) for bill in bills)
    )
    assert Count(answers) == {201: 5, 409: 3}
    assert (await now(counter, member))["principal_fen"] == 0


async def test_a_voucher_is_used_once_whoever_is_first(counter: Counter) -> None:
    """R14: a voucher that may be given away, on bills of two members who pay by each other's at the same time."""
    one, two = [await a_member(counter, top_up=10_000, voucher={"face_fen": 500, "transferable": True}) for _ in range(2)]
    bills = {member["id"]: [await a_bill(counter, member["customer"]) for _ in range(3)] for member in (one, two)}
    work: list[Any] = []
    for payer, owner in ((one, two), (two, one)):
        body = {"method": "voucher", "holding_id": owner["vouchers"][0]["id"]}
        work += [asked(counter, f"/invoices/{bill['id']}/payments", bill["version"], body) for bill in bills[payer["id"]]]
    assert Count(await asyncio.gather(*work)) == {201: 2, 409: 4}


async def test_a_store_s_balances_bear_many_at_once(counter: Counter) -> None:
    """R14: members pay in and use it in two stores at once; no transaction waits for another in a ring, and all agrees."""
    people = [await a_member(counter) for _ in range(6)]
    work: list[Any] = []
    for member in people:
        for store in ("sh01", "sh02"):
            path = f"/stores/{store}/members/{member['id']}/top-ups"
            work.append(asked(counter, path, 1, {"method": "cash", "amount_fen": 700}, store=store))
    answers = await asyncio.gather(*work)
    assert Count(answers) == {201: 6, 412: 6}, "one of two saw the newest version"
    assert {(await now(counter, member))["principal_fen"] for member in people} == {700}
    async with counter.database.hearing.begin() as session:
        assert await differences(session) == []


async def test_what_was_given_twice_at_once_is_kept_once(counter: Counter) -> None:
    """R14: the same request, sent twice at the same moment."""
    member = await a_member(counter)
    headers = called_by("cashier") | {"Idempotency-Key": str(uuid4())} | seen(1)
    path, body = f"/stores/sh01/members/{member['id']}/top-ups", {"method": "cash", "amount_fen": 900}
    answers = await asyncio.gather(*(counter.client.post(path, json=body, headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {201} | AGAIN
    assert (await now(counter, member))["principal_fen"] == 900
    assert (await does(counter, member, "top-ups", {"method": "cash", "amount_fen": 100}))["principal_fen"] == 1_000


async def test_a_customer_joins_once_whoever_asks(counter: Counter) -> None:
    """R14: two stores at the same moment."""
    customer = await counter.a_customer()
    answers = await asyncio.gather(
        *(counter.post(f"/stores/{store}/members", {"customer_id": customer["id"]}, store=store) for store in ("sh01", "sh02"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_what_comes_back_to_files_merged_long_ago_waits_for_no_further_merge_in_a_ring(counter: Counter) -> None:
    """R14, R2: a payment of a membership that was given up goes back while the one that has all is given up, too."""
    first, second, third = [await a_member(counter, top_up=5_000) for _ in range(3)]
    bill = await a_bill(counter, first["customer"])
    paid = await pays(counter, bill, method="stored_value", amount_fen=4_000)
    await merge(counter, first["customer"], second["customer"])
    path = f"/invoices/{bill['id']}/payments/{paid['payments'][0]['id']}/refunds"
    body = {"method": "stored_value", "amount_fen": 1_000, "reason": "credited"}
    refusal = await counter.post(path, body, version=paid["version"])
    body["approval_id"] = await counter.approved(refusal.json())
    file = await counter.file(second["customer_id"])
    into = {"into_customer_id": third["customer_id"]}

    async with counter.database.hearing() as session:

        async def waiting(wanted: int) -> bool:
            blocked = await session.execute(
                text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            )
            return int(blocked.scalar_one()) >= wanted

        held = text("SELECT id FROM holdings WHERE member_id = :member FOR UPDATE")
        await session.execute(held, {"member": UUID(second["id"])})
        merging = asyncio.create_task(asked(counter, f"/customers/{file['id']}/merge", file["etag"], into, "store_manager"))
        await until(lambda: waiting(1))
        going_back = asyncio.create_task(asked(counter, path, paid["version"], body, "cashier"))
        await until(lambda: waiting(2))
        await session.rollback()
    assert list(await asyncio.gather(merging, going_back)) == [200, 201]
    assert (await now(counter, third))["principal_fen"] == 12_000
