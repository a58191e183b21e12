"""Equipment has a maintenance plan: what is due, what is overdue, and what was done."""

from datetime import timedelta
from typing import Any

import pytest

from tests.workshop.roster import Json, a_bay, a_code, in_days, listed, made, post
from tests.workshop.shop import Shop


async def a_compressor(shop: Shop, **fields: Any) -> Json:
    body = {"code": a_code("e"), "kind": "compressor", "name": "空压机", **fields}
    return await made(shop, f"/stores/{shop.store}/equipment", body)


async def due(shop: Shop, days: int) -> dict[str, bool]:
    """By code, what is due by then; whether it is overdue."""
    found = await listed(shop, f"/stores/{shop.store}/equipment", due_until=in_days(days).isoformat(), limit=200)
    return {row["code"]: row["overdue"] for row in found}


async def test_what_was_maintained_is_due_again_so_many_days_later(shop: Shop) -> None:
    """W7: overdue since yesterday, then done today."""
    made_ = await a_compressor(shop, every_days=90, due_on=in_days(-1).isoformat())
    assert (await due(shop, 0))[made_["code"]] is True
    done = await made(shop, f"/equipment/{made_['id']}/maintenances", {"done_on": in_days(0).isoformat()}, version=1)
    assert (done["next_due_on"], done["done_by"]) == (in_days(90).isoformat(), "lin.wei")
    assert made_["code"] not in await due(shop, 89)
    assert (await due(shop, 90))[made_["code"]] is False
    assert await listed(shop, f"/equipment/{made_['id']}/maintenances") == [done]


async def test_a_maintenance_that_is_entered_late_does_not_bring_the_next_one_forward(shop: Shop) -> None:
    made_ = await a_compressor(shop, every_days=30, due_on=in_days(20).isoformat())
    body = {"done_on": in_days(-25).isoformat(), "remark": "Found in the old book."}
    done = await made(shop, f"/equipment/{made_['id']}/maintenances", body, version=1)
    assert done["next_due_on"] == in_days(20).isoformat()


async def test_what_is_due_today_is_not_overdue(shop: Shop) -> None:
    made_ = await a_compressor(shop, every_days=30, due_on=in_days(0).isoformat())
    assert (await due(shop, 0))[made_["code"]] is False


async def test_a_plan_is_changed_and_given_up(shop: Shop) -> None:
    bay = await a_bay(shop, "lift")
    made_ = await a_compressor(shop, bay=bay["code"])
    assert (made_["bay"], made_["due_on"], made_["overdue"]) == (bay["code"], None, False)
    path = f"/equipment/{made_['id']}/maintenance-plan"
    planned = await made(shop, path, {"every_days": 7, "due_on": in_days(-3).isoformat()}, version=1)
    assert planned["overdue"] is True
    stale = await post(shop, path, {}, version=1)
    assert stale.status_code == 412
    assert (await made(shop, path, {}, version=2))["due_on"] is None


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"every_days": 7}, "body.due_on", "plan_incomplete"),
        ({"due_on": "2027-01-01"}, "body.due_on", "plan_incomplete"),
        ({"bay": "NOWHERE"}, "body.bay", "unknown_bay"),
    ],
)
async def test_equipment_that_cannot_be_meant_is_refused(shop: Shop, fields: Json, field: str, code: str) -> None:
    body = {"code": a_code("e"), "kind": "lift", "name": "举升机", **fields}
    answer = await post(shop, f"/stores/{shop.store}/equipment", body)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert (".".join(map(str, error["loc"])), error["type"]) == (field, code)


async def test_a_code_is_given_once_and_nothing_is_done_tomorrow(shop: Shop) -> None:
    made_ = await a_compressor(shop)
    body = {"code": made_["code"], "kind": "lift", "name": "举升机"}
    answer = await post(shop, f"/stores/{shop.store}/equipment", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "equipment_code_taken")
    tomorrow = {"done_on": (in_days(0) + timedelta(days=1)).isoformat()}
    answer = await post(shop, f"/equipment/{made_['id']}/maintenances", tomorrow, version=1)
    assert answer.json()["errors"][0]["type"] == "in_the_future"
