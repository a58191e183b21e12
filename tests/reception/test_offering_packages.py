"""The maintenance menu: packages by kilometres and months, at one price or at the sum of their lines; when a car wants one."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reception.domain import Package
from services.reception.domain.packages import PackageTerms, menu_of
from shared.database import new_id
from shared.money import spread
from tests.reception.counter import Counter, Told
from tests.reception.prices import EVERYWHERE, a_listed_operation, estimated
from tests.reception.test_deciding_line_by_line import AGREED
from tests.reception.test_telling_what_parts_offers import offered
from tests.reception.words import labour, shares

pytestmark = pytest.mark.usefixtures("at_noon")


async def a_package(counter: Counter, *, store: str = "sh01", oil_fen: int | None = 7_000, **fields: Any) -> Told:
    """An oil change: an operation of 0.5 hours with 4.5 litres of oil and a filter, every 10,000 km or six months."""
    code = new_id().hex[-10:]
    operation = await a_listed_operation(
        counter, op_code=f"OIL-{code}", name_zh="更换机油", flat_hours=[{"flat_hours_milli": 500}]
    )
    shelf = "sh01" if store == EVERYWHERE else store
    oil, filter = f"OIL-P-{code}", f"FILTER-{code}"
    await counter.hear(
        offered(oil, 99_000, store=shelf, list_price_fen=oil_fen, name_zh="机油"),
        offered(filter, 9_000, store=shelf, list_price_fen=3_999, name_zh="机滤"),
    )
    body = {
        "code": f"SERVICE-{code}", "name_zh": "小保养", "name_en": "Minor service", "every_km": 10_000, "every_months": 6,
        "lines": [
            {"op_code": operation["op_code"], "parts": [
                {"part_no": oil, "quantity_milli": 4_500}, {"part_no": filter, "quantity_milli": 1_000},
            ]},
        ],
    } | fields  # fmt: skip
    role = "group_manager" if store == EVERYWHERE else "store_manager"
    path = "/packages" if store == EVERYWHERE else f"/stores/{store}/packages"
    answer = await counter.post(path, body, role, store=store)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def whole(package: Told, **fields: Any) -> Told:
    """All lines of the package, as an estimate asks for them."""
    return {"kind": "package", "package_code": package["code"], "payers": shares(None)} | fields


@given(st.integers(0, 10**13), st.lists(st.integers(0, 10**13), min_size=1, max_size=60))
def test_a_price_is_spread_to_the_fen(amount_fen: int, weights: list[int]) -> None:
    """R5: and nobody is more than a fen away from the exact share."""
    parts = spread(amount_fen, weights)
    total = sum(weights)
    assert (sum(parts), len(parts)) == (amount_fen, len(weights))
    for part, weight in zip(parts, weights, strict=True):
        exact = amount_fen * weight if total else amount_fen
        assert abs(part * (total or len(weights)) - exact) < (total or len(weights))


async def test_a_package_at_one_price_becomes_lines_that_add_up_to_it(counter: Counter) -> None:
    """R5: 4.5 litres could not make every fen; the sum is exact all the same, and each part serves its operation."""
    package = await a_package(counter, price_fen=39_901)
    order = await counter.a_check_in()
    answer = await estimated(counter, order, labour("a"), whole(package, concern_code="service"))
    [_, oil_change, oil, oil_filter] = answer.json()["lines"]
    assert oil_change["amount_fen"] + oil["amount_fen"] + oil_filter["amount_fen"] == 39_901
    assert [(line["kind"], line["description"], line["discount_bp"]) for line in (oil_change, oil, oil_filter)] == [
        ("labour", "更换机油", 0), ("part", "机油", 0), ("part", "机滤", 0),
    ]  # fmt: skip
    assert oil["labour_line_id"] == oil_filter["labour_line_id"] == oil_change["id"]
    assert {line["package_code"] for line in (oil_change, oil, oil_filter)} == {package["code"]}
    assert (oil_change["concern_code"], oil["quantity_milli"], oil_change["flat_hours_milli"]) == ("service", 4_500, 500)
    assert [line["position"] for line in answer.json()["lines"]] == [0, 1, 2, 3]


async def test_a_package_without_a_price_costs_what_its_lines_cost(counter: Counter) -> None:
    """R5."""
    package = await a_package(counter)
    order = await counter.a_check_in()
    answer = await estimated(counter, order, whole(package))
    assert [line["amount_fen"] for line in answer.json()["lines"]] == [15_000, 31_500, 3_999]
    assert [line["list_price_fen"] for line in answer.json()["lines"]] == [30_000, 7_000, 3_999]


async def test_what_was_agreed_in_a_package_goes_to_the_bill_to_the_fen(counter: Counter) -> None:
    """R5, R8: half by the customer, half by the house."""
    package = await a_package(counter, price_fen=39_901)
    order = await counter.a_finished_order(whole(package, payers=shares({"customer": 5_000, "internal": 5_000})))
    assert order["total_fen"] == 39_901
    bill = await counter.made(f"/repair-orders/{order['id']}/settlement", version=order["etag"])
    assert sum(invoice["amount_fen"] for invoice in bill["items"]) == 39_901


@pytest.mark.parametrize(
    ("fields", "asked", "code", "field"),
    [
        ({"models": ["S7"]}, {}, "package_not_for_model", "package_code"),
        ({"oil_fen": None}, {}, "package_not_priceable", "package_code"),
        ({"offered": False}, {}, "package_unknown", "package_code"),
        ({}, {"package_code": "NOBODY-KNOWS"}, "package_unknown", "package_code"),
        ({}, {"payers": shares({"customer": 9_999})}, "payer_shares_wrong", "payers"),
    ],
)
async def test_a_package_that_cannot_be_meant_is_refused_where_it_stands(
    counter: Counter, fields: dict[str, Any], asked: dict[str, Any], code: str, field: str
) -> None:
    """R5: the place is the request's, however many lines stand before it."""
    package = await a_package(counter, **fields)
    other = await a_package(counter)
    order = await counter.a_check_in()
    answer = await estimated(counter, order, whole(other), whole(package) | asked)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", "lines", "1", field]]


async def test_a_store_s_own_package_goes_before_the_group_s(counter: Counter) -> None:
    """R5: also where the store takes it off its menu; the group's is changed by the group only."""
    group = await a_package(counter, store=EVERYWHERE, price_fen=50_000)
    assert group["store_id"] == "all"
    body = {name: group[name] for name in ("code", "name_zh", "name_en", "lines")}
    own = await counter.post("/stores/sh02/packages", body | {"price_fen": 48_000}, "store_manager", store="sh02")
    assert own.status_code == 201
    again = await counter.post("/stores/sh02/packages", body, "store_manager", store="sh02")
    assert (again.status_code, again.json()["code"]) == (409, "package_known")
    listed = (await counter.get("/packages", store="sh02", limit="200")).json()["items"]
    assert {item["price_fen"] for item in listed if item["code"] == group["code"]} == {50_000, 48_000}
    listed = (await counter.get("/packages", store="sh02", store_id="all", limit="200")).json()["items"]
    assert [item["price_fen"] for item in listed if item["code"] == group["code"]] == [50_000]
    assert [
        item["price_fen"] for item in (await counter.get("/packages")).json()["items"] if item["code"] == group["code"]
    ] == [50_000]

    changed = {name: value for name, value in body.items() if name != "code"}
    for store, status in (("sh02", 403), (EVERYWHERE, 200)):
        answer = await counter.post(
            f"/packages/{group['id']}", changed | {"price_fen": 51_000}, "group_manager", store=store, version=1
        )
        assert answer.status_code == status
    stale = await counter.post(f"/packages/{own.json()['id']}", changed, "store_manager", store="sh02", version=2)
    assert stale.status_code == 412
    foreign = await counter.post(f"/packages/{own.json()['id']}", changed, "store_manager", version=1)
    assert foreign.status_code == 404


async def test_packages_are_found_by_trade_and_model(counter: Counter) -> None:
    """R5."""
    for_all = await a_package(counter, store="sh02", trade="detailing")
    for_one = await a_package(counter, store="sh02", trade="detailing", models=["S7", "S5"])

    async def found(**query: str) -> set[str]:
        items = (await counter.get("/packages", store="sh02", store_id="sh02", limit="200", **query)).json()["items"]
        return {item["code"] for item in items}

    assert await found(trade="detailing") == {for_all["code"], for_one["code"]}
    assert await found(trade="detailing", model="Passat") == {for_all["code"]}
    assert await found(trade="detailing", model="S5") == {for_all["code"], for_one["code"]}
    assert await found(trade="glass") == set()


def test_what_the_store_took_off_its_menu_is_not_offered_by_the_group_s_entry() -> None:
    group, own = Package(store_id="all", code="A"), Package(store_id="sh01", code="A", offered=False)
    assert (menu_of([group]), menu_of([group, own])) == ({"A": group}, {})


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"lines": [{"op_code": "NOT-IN-THE-CATALOGUE"}]}, 409, "operation_unknown"),
        ({"lines": [{"op_code": "A"}, {"op_code": "A"}]}, 422, "operation_repeated"),
        ({"lines": []}, 422, None),
        ({"every_km": 0}, 422, None),
        ({"models": ["S7", "S7"]}, 422, None),
    ],
)
async def test_a_menu_entry_that_cannot_be_meant_is_refused(
    counter: Counter, fields: dict[str, Any], status: int, code: str | None
) -> None:
    body = {"code": "X", "name_zh": "小保养", "name_en": "Minor service", "lines": [{"op_code": "A"}]} | fields
    answer = await counter.post("/stores/sh01/packages", body, "store_manager")
    assert answer.status_code == status
    assert code is None or answer.json()["code"] == code


@pytest.mark.parametrize(
    ("odometer_km", "since_km", "since_on", "due"),
    [
        (8_999, None, None, None),
        (9_000, None, None, (True, False)),
        (42_000, 33_001, date(2026, 11, 1), None),
        (42_000, 33_000, date(2026, 11, 1), (True, False)),
        (42_000, 40_000, date(2026, 6, 21), (False, True)),
        (42_000, 40_000, date(2026, 6, 22), None),
        (60_000, 40_000, date(2026, 1, 1), (True, True)),
    ],
)
def test_a_package_is_due_by_kilometres_or_months_a_little_early(
    odometer_km: int, since_km: int | None, since_on: date | None, due: tuple[bool, bool] | None
) -> None:
    """R5, R9: a tenth of the kilometres and thirty days early, since the car had it last."""
    package = Package(store_id="all", code="A", every_km=10_000, every_months=6)
    found = package.due(
        odometer_km, date(2026, 11, 21), since_km=since_km, since_on=since_on, new_on=None, terms=PackageTerms()
    )
    assert (None if found is None else (found.by_km, found.by_months)) == due


async def test_a_car_is_offered_what_it_wants_now_and_not_what_it_just_had(counter: Counter) -> None:
    """R5: by odometer and model, with the price for this car."""
    package = await a_package(counter, price_fen=39_900)
    other_model = await a_package(counter, models=["S7"])
    never_due = await a_package(counter, every_km=200_000, every_months=None)

    async def due(order: Told) -> dict[str, Told]:
        items = (await counter.get(f"/repair-orders/{order['id']}/due-packages")).json()["items"]
        assert not {other_model["code"], never_due["code"]} & {item["code"] for item in items}
        return {item["code"]: item for item in items}

    order = await counter.a_finished_order(whole(package), odometer_km=19_800)
    found = (await due(order))[package["code"]]
    assert (found["by_km"], found["run_km"], found["since_km"], found["price_fen"]) == (True, 19_800, None, 39_900)
    await counter.delivered(order)
    again = await counter.a_check_in_of(order["vehicle"], odometer_km=28_799)
    assert package["code"] not in await due(again)
    later = await counter.a_check_in_of(order["vehicle"], odometer_km=28_800)
    found = (await due(later))[package["code"]]
    assert (found["run_km"], found["since_km"], found["since_on"]) == (9_000, 19_800, "2026-11-21")
    assert (await counter.get(f"/repair-orders/{later['id']}/due-packages", store="sh02")).status_code == 404


async def test_a_package_at_one_price_is_taken_as_a_whole(counter: Counter) -> None:
    """R5: nobody has a part of it at its price; one that costs what its lines cost is decided about line by line."""
    flush = await a_listed_operation(counter)
    for price_fen, status, code in ((45_000, 409, "package_not_whole"), (None, 201, None)):
        package = await a_package(counter, price_fen=price_fen)
        body = {name: package[name] for name in ("name_zh", "name_en", "price_fen")}
        lines = [*package["lines"], {"op_code": flush["op_code"], "parts": []}]
        path = f"/packages/{package['id']}"
        changed = await counter.post(path, body | {"lines": lines}, "store_manager", version=package["version"])
        assert changed.status_code == 200, changed.text
        order = await counter.walked_around(await counter.a_check_in())
        answer = await estimated(counter, order, labour("a"), whole(package))
        version = int(answer.headers["etag"].strip('"'))
        no = [{"line_id": answer.json()["lines"][-1]["id"], "decision": "deferred"}]
        path = f"/repair-orders/{order['id']}/authorisation"
        decided = await counter.post(path, AGREED | {"decisions": no}, version=version)
        assert (decided.status_code, decided.json().get("code")) == (status, code), decided.text
        if code:
            assert decided.json()["parameters"] == {"package_code": package["code"]}
            none = [{"line_id": line["id"], "decision": "deferred"} for line in answer.json()["lines"][1:] if line["op_code"]]
            decided = await counter.post(path, AGREED | {"decisions": none}, version=version)
            assert (decided.status_code, decided.json()["total_fen"]) == (201, 24_000)
