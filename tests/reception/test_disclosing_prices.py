"""The public menu: everybody may read what the store's services cost, and nothing else."""

import pytest

from tests.reception.counter import Counter, Told
from tests.reception.prices import a_listed_operation
from tests.reception.test_offering_packages import a_package

pytestmark = pytest.mark.usefixtures("at_noon")


async def menu(counter: Counter, *, store: str = "sh01", **query: str) -> Told:
    """All pages of it as one, read without a login."""
    whole: Told = {}
    cursor: str | None = ""
    while cursor is not None:
        page = query | ({"cursor": cursor} if cursor else {})
        answer = await counter.client.get(f"/stores/{store}/menu", params=page)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=300"), answer.text
        for trade in answer.json()["trades"]:
            known = whole.setdefault(trade["trade"], trade | {"operations": [], "packages": []})
            known["operations"] += trade["operations"]
            known["packages"] += trade["packages"]
        cursor = answer.json()["next"]
    return whole


async def test_everybody_reads_what_services_cost(counter: Counter) -> None:
    """R5: 收费公示 by trade, in Chinese and English, tax included; per model where hours differ."""
    hours = [{"flat_hours_milli": 1_500}, {"model": "S7", "flat_hours_milli": 2_000}]
    paint = await a_listed_operation(counter, trade="paint", name_zh="车门喷漆", name_en="Paint a door", flat_hours=hours)
    package = await a_package(counter, price_fen=39_900)
    summed = await a_package(counter)
    found = await menu(counter, limit="2")
    assert (found["paint"]["name_zh"], found["paint"]["name_en"], found["paint"]["hour_price_fen"]) == ("油漆", "Paint", 35_000)
    [entry] = [each for each in found["paint"]["operations"] if each["code"] == paint["op_code"]]
    assert entry == {
        "code": paint["op_code"], "name_zh": "车门喷漆", "name_en": "Paint a door",
        "prices": [{"model": None, "price_fen": 52_500}, {"model": "S7", "price_fen": 70_000}],
    }  # fmt: skip
    [service] = [each for each in found["mechanical"]["packages"] if each["code"] == package["code"]]
    assert service == {
        "code": package["code"], "name_zh": "小保养", "name_en": "Minor service", "every_km": 10_000, "every_months": 6,
        "prices": [{"model": None, "price_fen": 39_900}],
    }  # fmt: skip
    [service] = [each for each in found["mechanical"]["packages"] if each["code"] == summed["code"]]
    assert service["prices"] == [{"model": None, "price_fen": 15_000 + 31_500 + 3_999}]
    assert set(found) == {"mechanical", "body", "paint", "detailing", "accessories", "glass", "tyres"}


async def test_the_menu_tells_what_one_model_costs(counter: Counter) -> None:
    """R5."""
    only_s7 = await a_listed_operation(counter, trade="glass", flat_hours=[{"model": "S7", "flat_hours_milli": 1_000}])
    package = await a_package(counter, trade="glass", price_fen=10_000, models=["S7"])
    by_model = {model: (await menu(counter, model=model))["glass"] for model in ("S7", "Passat")}
    [entry] = [each for each in by_model["S7"]["operations"] if each["code"] == only_s7["op_code"]]
    assert entry["prices"] == [{"model": "S7", "price_fen": 28_000}]
    assert package["code"] in {each["code"] for each in by_model["S7"]["packages"]}
    assert only_s7["op_code"] not in {each["code"] for each in by_model["Passat"]["operations"]}
    assert package["code"] not in {each["code"] for each in by_model["Passat"]["packages"]}


async def test_each_store_shows_its_own_prices_and_no_other_s(counter: Counter) -> None:
    """R5."""
    operation = await a_listed_operation(counter, trade="tyres")
    own = await a_package(counter, store="sh02", price_fen=1_000)
    await counter.made_policy("prices", {"hour_fen": {"tyres": 20_000}}, store="sh02")
    here, there = await menu(counter), await menu(counter, store="sh02")
    prices = [
        [each["prices"][0]["price_fen"] for each in found["tyres"]["operations"] if each["code"] == operation["op_code"]]
        for found in (here, there)
    ]
    assert prices == [[17_600], [16_000]]
    assert own["code"] in {each["code"] for each in there["mechanical"]["packages"]}
    assert own["code"] not in {each["code"] for each in here["mechanical"]["packages"]}


@pytest.mark.parametrize(("path", "status"), [("/stores/zz99/menu", 404), ("/stores/all/menu", 404), ("/stores/-/menu", 422)])
async def test_there_is_no_menu_of_a_store_that_is_not(counter: Counter, path: str, status: int) -> None:
    assert (await counter.client.get(path)).status_code == status
