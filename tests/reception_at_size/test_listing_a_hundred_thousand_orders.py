"""Lists and searches stay quick with full files: each reads its page from an index, under row-level security, whatever the
values asked for and however deep the page."""

from typing import Any

import pytest

from tests.reception_at_size.desk import BIG, MOST_ROWS, Desk, Sought
from tests.reception_at_size.full_files import ORDERS, STORES

FILTERS: dict[str, Any] = {
    "nothing": {},
    "state": {"state": "delivered"},
    "rare state": {"state": "draft"},
    "advisor": {"advisor": "advisor.4"},
    "order_kind": {"order_kind": "rescue"},
    "opened_from": {"opened_from": "2023-01-01"},
    "opened_until": {"opened_until": "2023-01-01"},
    "opened": {"opened_from": "2023-01-01", "opened_until": "2024-12-31"},
    "promised_before": {"promised_before": "2023-01-01T17:00:00+08:00"},
}
"""What may fit any number of orders."""


def bounded(sought: Sought) -> bool:
    """Whether no big table was read from end to end, nor much more of any than the page shows."""
    assert [scan for scan in sought.scans if scan[1] == "Seq Scan" and scan[0] in BIG] == [], sought
    return sought.rows <= MOST_ROWS


def deep(page: dict[str, Any]) -> dict[str, Any]:
    return {"cursor": page["next"]}


@pytest.mark.parametrize("filter", FILTERS)
@pytest.mark.parametrize("store", [{}, {"store_id": "sh01"}])
async def test_a_list_reads_its_page_and_not_much_more(desk: Desk, filter: str, store: dict[str, str]) -> None:
    query = FILTERS[filter] | store
    page, sought = await desk.sought("/repair-orders", **query)
    assert bounded(sought), sought
    assert page["items"]
    assert {item["store_id"] for item in page["items"]} == {"sh01"}
    for _ in range(3 if page["next"] else 0):
        page, sought = await desk.sought("/repair-orders", **query, **deep(page))
        assert bounded(sought), sought
        if not page["next"]:
            break


@pytest.mark.parametrize("store", [{}, {"store_id": "sh01"}])
async def test_what_names_a_car_or_a_customer_is_found_at_once(desk: Desk, store: dict[str, str]) -> None:
    """R2: by plate, VIN, last digits of the phone, number of the order, and by the files' ids."""
    middle = (await desk.get("/repair-orders", opened_until="2023-06-01", limit=1))["items"][0]
    vehicle = await desk.get(f"/vehicles/{middle['vehicle_id']}")
    customer = await desk.get(f"/customers/{middle['customer_id']}")
    for query in (
        {"plate": vehicle["plate"]}, {"vin": vehicle["vin"]}, {"phone_tail": customer["phone"][-4:]},
        {"ro_no": middle["ro_no"]}, {"customer_id": customer["id"]}, {"vehicle_id": vehicle["id"]},
    ):  # fmt: skip
        page, sought = await desk.sought("/repair-orders", **query, **store)
        assert bounded(sought), (query, sought)
        assert middle["id"] in [item["id"] for item in page["items"]]


async def test_the_house_has_as_many_orders_as_cars_and_lists_a_page_of_them(desk: Desk) -> None:
    """R12: at the worst its own orders are gone through, and nobody else's."""
    house = (await desk.get("/repair-orders", order_kind="pdi", limit=1))["items"][0]["customer_id"]
    page, sought = await desk.sought("/repair-orders", customer_id=house)
    its_own = ORDERS // STORES // 10
    assert bounded(sought) or sought.rows <= 2 * its_own + MOST_ROWS, "the entries of the index and the rows"
    assert (len(page["items"]), page["next"] is None) == (50, False)


@pytest.mark.parametrize("filter", ["nothing", "opened", "promised_before"])
async def test_paging_to_the_end_shows_every_order_once_and_the_last_page_is_as_cheap(desk: Desk, filter: str) -> None:
    seen: list[str] = []
    query, cursor = FILTERS[filter] | {"limit": 200}, dict[str, Any]()
    while True:
        page = await desk.get("/repair-orders", **query, **cursor)
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = deep(page)
    assert len(seen) == len(set(seen))
    assert len(seen) == ORDERS // STORES if filter == "nothing" else 1_000 < len(seen) < ORDERS // STORES
    _, sought = await desk.sought("/repair-orders", **FILTERS[filter], **cursor)
    assert bounded(sought), sought


async def test_an_order_is_opened_with_all_that_belongs_to_it_at_once(desk: Desk) -> None:
    """C3: the car's other open orders included."""
    middle = (await desk.get("/repair-orders", opened_until="2023-06-01", limit=1))["items"][0]
    _, sought = await desk.sought(f"/repair-orders/{middle['id']}")
    assert bounded(sought), sought


async def test_which_promises_are_at_risk_is_asked_of_what_is_in_work_only(desk: Desk) -> None:
    """W2: and of what there is of risks, never of all orders."""
    for store in ({}, {"store_id": "sh01"}):
        _, sought = await desk.sought("/repair-orders", at_risk="true", **store)
        assert bounded(sought), sought


@pytest.mark.parametrize("query", [{"name": "王"}, {"name": "王", "phone_tail": "0005"}, {"phone_tail": "0005"}])
async def test_customers_are_found_at_once_however_many_have_the_name(desk: Desk, query: dict[str, str]) -> None:
    """R2."""
    page, sought = await desk.sought("/customers", **query)
    assert bounded(sought), sought
    names = [item["name"] for item in page["items"]]
    assert {name.startswith("王") for name in names} <= {True} if "name" in query else names
    if page["next"]:
        assert names == sorted(names)
        following, sought = await desk.sought("/customers", **query, **deep(page))
        assert bounded(sought), sought
        assert names[-1] <= following["items"][0]["name"]


@pytest.mark.parametrize("query", [{"plate": "沪A00042"}, {"vin": "WVWZZZ3C000000042"}])
async def test_vehicles_are_found_at_once(desk: Desk, query: dict[str, str]) -> None:
    """R2."""
    page, sought = await desk.sought("/vehicles", **query)
    assert bounded(sought), sought
    assert [item["plate"] for item in page["items"]] == ["沪A00042"]


@pytest.mark.parametrize("query", [{}, {"state": "closed"}, {"state": "towed"}, {"called_from": "2024-10-01"}])
@pytest.mark.parametrize("store", [{}, {"store_id": "sh01"}])
async def test_rescue_calls_are_listed_from_an_index(desk: Desk, query: dict[str, str], store: dict[str, str]) -> None:
    """R11."""
    page, sought = await desk.sought("/rescue-calls", **query, **store)
    assert bounded(sought), sought
    assert page["items"]
