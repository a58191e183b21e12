"""Test nouns of the price list: operations of the group's catalogue, and who grants a price."""

from itertools import count
from typing import Any

import httpx

from tests.callers import called_by, once, seen
from tests.reception.counter import Counter, Told
from tests.reception.words import STORE

_numbers = count(1)
EVERYWHERE = "*"


def an_operation(**fields: Any) -> Told:
    """Brake pads, eight tenths of an hour for any model, as the catalogue takes it; under a code of its own."""
    return {
        "op_code": f"MENU-{next(_numbers)}", "name_zh": "更换前刹车片", "name_en": "Replace front brake pads",
        "trade": "mechanical", "safety_critical": True, "flat_hours": [{"flat_hours_milli": 800}],
    } | fields  # fmt: skip


async def a_listed_operation(counter: Counter, **fields: Any) -> Told:
    answer = await counter.post("/operations", an_operation(**fields), "group_manager", store=EVERYWHERE)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def listed(operation: Told, ref: str = "a", **fields: Any) -> Told:
    """A labour line that names the operation and leaves the rest to the lists."""
    payers = [{"payer": "customer", "share_bp": 10_000}]
    return {"kind": "labour", "ref": ref, "op_code": operation["op_code"], "payers": payers} | fields


async def estimated(counter: Counter, order: Told, *lines: Told, **fields: Any) -> httpx.Response:
    """The answer to drawing up these lines."""
    body = {"lines": list(lines)} | fields
    return await counter.post(f"/repair-orders/{order['id']}/estimates", body, "advisor", version=order["etag"])


async def granted(counter: Counter, refusal: Told, role: str, *, store: str = STORE) -> httpx.Response:
    """The answer to somebody with this role granting what a refused price asks for; the approval's id in `id`."""
    asked = {name: refusal["parameters"][name] for name in ("kind", "subject_id", "values")}
    approval = await counter.made(f"/stores/{store}/approvals", asked | {"reason": "as discussed"}, store=store)
    headers = called_by(role, store=store, subject="zhou.min") | once() | seen(approval["etag"])
    return await counter.client.post(f"/approvals/{approval['id']}/decision", json={"granted": True}, headers=headers)
