"""What belongs to one store does not exist for the people of another, whatever their roles and whichever way they come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from deploy.demo import Outcome
from deploy.installation import Services
from shared.database import new_id
from tests.journeys.records import contents
from tests.journeys.visitors import STRANGER, Route, Visitor, alike, documented
from tests.stack import Stack

OURS, THEIRS, NOWHERE = "sh02", "sh01", "zz99"
OF_THE_GROUP = {
    "GET reception/customers/{customer_id}",
    "POST reception/customers/{customer_id}/contact",
    "POST reception/customers/{customer_id}/details",
    "POST reception/customers/{customer_id}/confirmation",
    "POST reception/customers/{customer_id}/terms",
    "GET reception/customers/{customer_id}/contacts",
    "POST reception/customers/{customer_id}/contacts",
    "POST reception/customers/{customer_id}/contacts/{contact_id}",
    "POST reception/customers/{customer_id}/contacts/{contact_id}/removal",
    "GET reception/customers/{customer_id}/consents",
    "POST reception/customers/{customer_id}/consents",
    "POST reception/customers/{customer_id}/merge",
    "GET reception/customers/{customer_id}/vehicles",
    "GET reception/vehicles/{vehicle_id}",
    "POST reception/vehicles/{vehicle_id}/identity",
    "POST reception/vehicles/{vehicle_id}/details",
    "POST reception/vehicles/{vehicle_id}/confirmation",
    "POST reception/vehicles/{vehicle_id}/owner",
    "GET reception/vehicles/{vehicle_id}/owners",
    "GET reception/vehicles/{vehicle_id}/history",
    "GET reception/vehicles/{vehicle_id}/open-orders",
    "GET reception/vehicles/{vehicle_id}/deferred-items",
    "GET reception/vehicles/{vehicle_id}/brought-forward",
    "POST reception/vehicles/{vehicle_id}/flags",
    "POST reception/vehicle-flags/{flag_id}/clearing",
    "GET reception/members/{member_id}",
    "GET reception/members/{member_id}/statement",
    "POST reception/operations/{op_code}",
    "GET parts/parts/{part_no}",
    "POST parts/parts/{part_no}/entry",
}
"""Customers with their memberships, vehicles with their flags, and the catalogues belong to the whole group: who may read
them may do so everywhere."""
NO_LISTS = {
    "GET reception/customers", "GET reception/members", "GET reception/vehicles", "GET reception/arrivals",
    "GET parts/stock-movements", "GET workshop/measures",
    "GET console/api/lag",
}  # fmt: skip
"""Searches that need a filter, measures, and figures of the console itself."""
DISCLOSED = {"GET reception/stores/{store_id}/menu"}
"""Open to everybody: what the services of each store cost."""
WITHOUT_STORES = {"/parts", "/operations", "/api/counts"}
"""The group's catalogues; figures of all the caller's stores, which take no filter."""
PAGES = ("/board", "/board/events", "/queues", "/queues/events")


@dataclass(frozen=True)
class Town:
    """Two stores after some cars, somebody with every role in each of them, and the first one's objects."""

    routes: list[Route]
    stranger: Visitor
    native: Visitor
    objects: dict[str, str]

    def nothing(self) -> dict[str, str]:
        """Ids of the same form that nobody has; what a body names stays real."""
        real = {"customer_id", "vehicle_id"}
        made_up = {name: str(new_id()) for name in self.objects.keys() - real}
        return self.objects | made_up | {"store_id": NOWHERE}

    def behind_an_id(self) -> list[Route]:
        return [route for route in self.routes if route.names and str(route) not in OF_THE_GROUP | DISCLOSED]


@pytest.fixture(scope="module")
async def town(group: Services, outcome: Outcome) -> AsyncIterator[Town]:
    assert outcome.good, outcome.failures
    async with httpx.AsyncClient(timeout=20) as client:
        native = Visitor.of(THEIRS, client, group.urls)
        yield Town(
            await documented(client, group.urls),
            Visitor.of(OURS, client, group.urls),
            native,
            await native.objects(THEIRS),
        )


@pytest.fixture(scope="module")
async def at_the_page(group: Services) -> AsyncIterator[httpx.AsyncClient]:
    """The stranger, logged in to the console's pages."""
    url = group.url("console")
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        form = {"name": STRANGER["name"], "password": STRANGER["password"]}
        answer = await client.post("/login", data=form, headers={"Origin": url})
        assert answer.status_code == 303, answer.text
        yield client


async def test_nobody_gets_in_without_a_token(town: Town) -> None:
    """K10."""
    nobody = Visitor(town.native.client, town.native.urls, {})
    routes = [route for route in town.routes if str(route) not in DISCLOSED]
    ways = [*routes, *(Route("console", "GET", page) for page in PAGES)]
    answers = {str(route): (await nobody.ask(route, town.objects)).status_code for route in ways}
    assert {route: status for route, status in answers.items() if status != 401} == {}


async def test_a_foreign_object_is_answered_exactly_like_an_unknown_one_and_nothing_changes(town: Town, stack: Stack) -> None:
    """K10: every route with an id in its address, in all services, by somebody with all roles in another store."""
    before = await contents(stack.settings)
    differences = []
    for route in town.behind_an_id():
        foreign = await town.stranger.ask(route, town.objects)
        unknown = await town.stranger.ask(route, town.nothing())
        if foreign.status_code != 404 or alike(foreign) != alike(unknown):
            differences.append((str(route), alike(foreign), alike(unknown)))
    assert differences == []
    assert await contents(stack.settings) == before


async def test_the_same_requests_reach_what_is_in_the_callers_own_store(town: Town, stack: Stack) -> None:
    """So that a 404 above speaks of the store and of nothing else: here reads answer 200, stale writes 412."""
    before = await contents(stack.settings)
    found = {
        str(route): (await town.native.ask(route, town.objects)).status_code
        for route in town.behind_an_id()
        if route.method == "GET" or "store_id" not in route.names
    }
    assert {route: status for route, status in found.items() if status != (200 if route.startswith("GET") else 412)} == {}
    assert await contents(stack.settings) == before


def test_only_customers_vehicles_and_the_catalogues_belong_to_the_whole_group(town: Town) -> None:
    of_the_group = {"customer_id", "vehicle_id", "flag_id", "member_id", "part_no", "op_code"}
    everywhere = [route for route in town.routes if "store_id" not in route.names]
    assert {str(route) for route in everywhere if route.names & of_the_group} == OF_THE_GROUP
    assert {name for route in town.routes for name in route.names} == town.objects.keys()


async def test_lists_show_nothing_of_another_store(town: Town) -> None:
    """Unfiltered, and asked for the other store by name."""
    hidden = {
        town.objects[name] for name in town.objects.keys() - {"customer_id", "vehicle_id", "part_no", "op_code", "store_id"}
    }
    not_empty = set()
    for route in town.routes:
        if route.method != "GET" or route.names or str(route) in NO_LISTS:
            continue
        everything = await town.stranger.items(route.service, route.path)
        assert {item.get("store_id", OURS) for item in everything} <= {OURS, "all"}, str(route)
        assert not hidden & {str(item.get("id")) for item in everything}, str(route)
        not_empty |= {route.path} if everything else set()
        if route.path not in WITHOUT_STORES:
            assert await town.stranger.items(route.service, route.path, store_id=THEIRS) == [], str(route)
    assert {"/repair-orders", "/jobs", "/part-lines", "/claims", "/surveys", "/api/cars", "/api/counts"} <= not_empty


async def test_the_ledger_of_another_store_is_empty(town: Town) -> None:
    asked = {"part_no": "FLT-OIL"}
    assert await town.native.items("parts", "/stock-movements", store_id=THEIRS, **asked) != []
    assert await town.stranger.items("parts", "/stock-movements", store_id=THEIRS, **asked) == []


@pytest.mark.parametrize("page", ["/board", "/board/events"])
async def test_the_board_of_another_store_is_a_page_that_does_not_exist(at_the_page: httpx.AsyncClient, page: str) -> None:
    foreign, unknown = [await at_the_page.get(page, params={"store": store}) for store in (THEIRS, NOWHERE)]
    assert foreign.status_code == 404
    assert alike(foreign) == alike(unknown)


async def test_the_board_shows_no_car_of_another_store(town: Town, at_the_page: httpx.AsyncClient) -> None:
    """Neither its repair orders nor their numbers."""
    theirs = await town.native.items("reception", "/repair-orders", store_id=THEIRS)
    board = await at_the_page.get("/board", headers={"Accept": "text/html"})
    assert board.status_code == 200
    assert OURS in board.text.lower()
    told = [order["id"] for order in theirs if order["id"] in board.text or (order["ro_no"] or order["id"]) in board.text]
    assert told == []
