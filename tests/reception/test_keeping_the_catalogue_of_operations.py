"""The group's catalogue of operations: what its workshops do, and how long that takes on which model."""

import pytest

from services.reception.domain import Operation
from tests.callers import called_by, once, seen
from tests.reception.counter import Counter
from tests.reception.prices import EVERYWHERE, a_listed_operation, an_operation

pytestmark = pytest.mark.usefixtures("at_noon")


def test_the_hours_of_the_car_s_model_win_over_those_of_any() -> None:
    """R5."""
    operation = Operation(op_code="A", flat_hours={"": 800, "Passat": 1_000})
    assert (operation.hours_for("Passat"), operation.hours_for("Golf")) == (1_000, 800)
    assert Operation(op_code="B", flat_hours={"Passat": 1_000}).hours_for("Golf") is None


async def test_an_operation_is_added_once_and_changed_by_who_read_it(counter: Counter) -> None:
    """R5."""
    operation = await a_listed_operation(counter)
    again = await counter.post("/operations", an_operation(op_code=operation["op_code"]), "group_manager", store=EVERYWHERE)
    assert (again.status_code, again.json()["code"]) == (409, "operation_known")
    told = {name: operation[name] for name in ("name_zh", "name_en", "trade")}
    body = told | {"flat_hours": [{"flat_hours_milli": 900}, {"model": "Passat", "flat_hours_milli": 1_100}]}
    path = f"/operations/{operation['op_code']}"
    changed = await counter.post(path, body, "group_manager", store=EVERYWHERE, version=1)
    assert (changed.status_code, changed.json()["version"], changed.json()["safety_critical"]) == (200, 2, False)
    assert changed.json()["flat_hours"] == [
        {"model": None, "flat_hours_milli": 900}, {"model": "Passat", "flat_hours_milli": 1_100},
    ]  # fmt: skip
    stale = await counter.post(path, body, "group_manager", store=EVERYWHERE, version=1)
    assert stale.status_code == 412
    unseen = await counter.client.post(path, json=body, headers=called_by("group_manager", store=EVERYWHERE) | once())
    assert unseen.status_code == 428
    unknown = called_by("group_manager", store=EVERYWHERE) | once() | seen(1)
    assert (await counter.client.post("/operations/NOBODY-KNOWS", json=body, headers=unknown)).status_code == 404


async def test_only_who_acts_for_the_group_changes_what_all_stores_share(counter: Counter) -> None:
    for role, store in (("store_manager", EVERYWHERE), ("group_manager", "sh01"), ("advisor", EVERYWHERE)):
        answer = await counter.post("/operations", an_operation(), role, store=store)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_operations_are_found_by_code_name_trade_and_model(counter: Counter) -> None:
    """R5, W8."""
    paint = await a_listed_operation(
        counter,
        op_code="FIND-PAINT",
        name_zh="查找喷漆",
        trade="paint",
        flat_hours=[{"model": "S7", "flat_hours_milli": 1_500}],
    )
    tyre = await a_listed_operation(counter, op_code="FIND-TYRE", name_zh="查找轮胎", trade="tyres")

    async def found(**query: str) -> list[str]:
        answer = await counter.get("/operations", **query)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        return [item["op_code"] for item in items if item["op_code"].startswith("FIND-")]

    assert await found(q="FIND-") == [paint["op_code"], tyre["op_code"]]
    assert await found(q="查找轮") == [tyre["op_code"]]
    assert await found(trade="paint") == [paint["op_code"]]
    assert await found(model="Passat") == [tyre["op_code"]]
    assert await found(model="S7") == [paint["op_code"], tyre["op_code"]]
    first = (await counter.get("/operations", q="FIND-", limit="1")).json()
    second = (await counter.get("/operations", q="FIND-", limit="1", cursor=first["next"])).json()
    assert [page["items"][0]["op_code"] for page in (first, second)] == [paint["op_code"], tyre["op_code"]]
    assert second["next"] is None


@pytest.mark.parametrize(
    "fields",
    [
        {"flat_hours": []},
        {"flat_hours": [{"flat_hours_milli": 0}]},
        {"flat_hours": [{"model": "S7", "flat_hours_milli": 1}, {"model": "S7", "flat_hours_milli": 2}]},
        {"trade": "joinery"},
        {"name_zh": " "},
        {"op_code": "with space"},
    ],
)
async def test_an_operation_that_cannot_be_meant_is_refused(counter: Counter, fields: dict[str, object]) -> None:
    answer = await counter.post("/operations", an_operation(**fields), "group_manager", store=EVERYWHERE)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
