"""Persons are shown to who works with them; orders only to their store; general facts carry ids."""

import json
from typing import Any

import pytest

from shared.identity import issue_token
from tests.reception.counter import Counter
from tests.reception.words import labour

SECRETS = ("王芳", "138 0013 8000", "刹车有异响", "雨伞")


async def test_a_dispatcher_sees_the_order_but_no_person(counter: Counter) -> None:
    """R7."""
    order = await counter.a_check_in(belongings=["雨伞"])
    full = await counter.get(f"/repair-orders/{order['id']}", "cashier")
    assert all(secret in full.text for secret in SECRETS)

    masked = await counter.get(f"/repair-orders/{order['id']}", "dispatcher")
    assert masked.status_code == 200
    assert [secret for secret in (*SECRETS, order["plate"], order["vehicle"]["vin"]) if secret in masked.text] == []
    listed = await counter.get("/repair-orders", "dispatcher", store_id="sh01")
    assert {item["plate"] for item in listed.json()["items"]} == {None}
    for path in (f"/customers/{order['customer_id']}", f"/vehicles/{order['vehicle_id']}", "/customers?phone_tail=8000"):
        assert (await counter.get(path, "dispatcher")).status_code == 403


async def test_who_may_not_see_plates_may_not_ask_by_plate(counter: Counter) -> None:
    """K9: the answer would tell whose car it is.  Where plates are shown elsewhere only, nothing is found here."""
    order = await counter.a_check_in()
    answer = await counter.get("/repair-orders", "dispatcher", plate=order["plate"])
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")

    token = issue_token("zhou.min", {"sh01": ["dispatcher"], "sh02": ["advisor"]})
    mixed = {"Authorization": f"Bearer {token}"}
    found = await counter.client.get("/repair-orders", params={"plate": order["plate"]}, headers=mixed)
    assert (found.status_code, found.json()["items"]) == (200, [])
    here = {"plate": order["plate"], "store_id": "sh01"}
    assert (await counter.client.get("/repair-orders", params=here, headers=mixed)).status_code == 403


async def test_somebody_who_sees_persons_elsewhere_only_does_not_see_them_here(counter: Counter) -> None:
    order = await counter.a_check_in()
    token = issue_token("zhou.min", {"sh01": ["dispatcher"], "sh02": ["advisor"]})
    answer = await counter.client.get(f"/repair-orders/{order['id']}", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["customer"], answer.json()["words"]) == (200, None, None)


@pytest.mark.parametrize("path", ["", "/estimate", "/invoices", "/estimates", "/authorisation", "/settlement", "/delivery"])
async def test_an_order_of_another_store_looks_unknown(counter: Counter, path: str) -> None:
    order = await counter.a_check_in()
    where = f"/repair-orders/{order['id']}{path}"
    if path in ("", "/estimate", "/invoices"):
        answer = await counter.get(where, store="sh02")
    else:
        bodies: dict[str, dict[str, Any]] = {
            "/estimates": {"lines": [labour("brakes")]},
            "/authorisation": {"channel": "phone", "evidence": "call 1", "authorised_by": "王芳"},
            "/delivery": {},
        }
        answer = await counter.post(where, bodies.get(path), store="sh02", version=1)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_general_facts_of_a_whole_visit_name_no_person(counter: Counter) -> None:
    """K9: ids only, not masked either."""
    order = await counter.a_finished_order(belongings=["雨伞"])
    path = f"/repair-orders/{order['id']}"
    invoices = await counter.a_signed_bill(order)
    owed = invoices["items"][0]
    await counter.made(f"/invoices/{owed['id']}/payments", {"method": "card", "amount_fen": owed["amount_fen"]}, version=1)
    await counter.made(f"{path}/delivery", {"handed_to": "王芳"}, version=invoices["etag"])
    said = []
    for fact in ("vehicle_checked_in", "work_authorised", "vehicle_delivered"):
        said += await counter.said(fact, order["id"])
    for fact in ("invoice_issued", "payment_received"):
        said += await counter.said(fact, owed["id"])
    assert len(said) == 5
    told = json.dumps(said, ensure_ascii=False)
    assert [secret for secret in (*SECRETS, order["plate"], order["vehicle"]["vin"]) if secret in told] == []
