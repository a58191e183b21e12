"""What the board shows, to whom, and in which language."""

from datetime import timedelta

import httpx
import pytest

from shared import clock
from shared.database import Database
from tests.callers import called_by
from tests.console.reading import Element, read
from tests.console.words import ADVISOR, MANAGER, OPERATOR, AStay, happened, logged_in

pytestmark = pytest.mark.usefixtures("nothing_happened_yet")


def a_stay(store_id: str = "sh01", plate: str = "沪A8K2M7", promised_in_minutes: int = 240) -> AStay:
    """A car that is here now."""
    now = clock.now()
    promised_at = now + timedelta(minutes=promised_in_minutes)
    return AStay(store_id, plate=plate, promised_at=promised_at, arrived_at=now - timedelta(hours=2))


async def board(console: httpx.AsyncClient, headers: dict[str, str], query: str = "") -> Element:
    answer = await console.get(f"/board{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def column(page: Element, name: str) -> list[Element]:
    return page.one("ol", data_column=name).all("li", class_="card")


async def test_a_car_stands_in_the_column_of_what_is_to_be_done_next(console: httpx.AsyncClient, database: Database) -> None:
    """W1."""
    stay = a_stay()
    user = await logged_in(console, MANAGER)
    columns = []
    for facts in (
        [stay.identified(), stay.checked_in()], [stay.authorised()], [stay.backordered()], [stay.reserved()],
        [stay.dispatched(stay.oil)], [stay.failed(stay.oil)], [stay.completed(stay.oil), stay.completed(stay.brakes)],
        [stay.invoiced()], [stay.delivered()],
    ):  # fmt: skip
        await happened(database, *facts)
        page = await board(console, user)
        columns.append(next(ol.attributes["data-column"] for ol in page.all("ol") if ol.all("li", class_="card")))
        assert page.one("span", data_count=f"column/{columns[-1]}").text == "1"
    assert columns == ["authorise", "dispatch", "parts", "dispatch", "work", "work", "settle", "deliver", "follow_up"]
    await happened(database, stay.answered())
    page = await board(console, user)
    assert not page.all("li", class_="card"), "an answered survey ends the car's time on the board"
    assert page.one("td", data_count="sh01/surveyed").text == "1"


async def test_a_card_tells_plate_promise_risk_and_why_the_car_waits(console: httpx.AsyncClient, database: Database) -> None:
    """W1, P3."""
    late, tight, fine = a_stay(plate="沪A00001", promised_in_minutes=-5), a_stay("sh01", "沪A00002", 30), a_stay()
    for stay in (late, tight, fine):
        await happened(database, stay.identified(), stay.checked_in(), stay.authorised())
    await happened(database, fine.backordered(eta_at=clock.now() + timedelta(hours=1)))
    await happened(database, tight.failed(tight.oil))
    page = await board(console, await logged_in(console, MANAGER))
    risks = {card.one("strong").text: card.one("span", class_="card-risk").text for card in page.all("li", class_="card")}
    assert risks == {"沪A · 00001": "■ 超时", "沪A · 00002": "▲ 临近", "沪A · 8K2M7": "● 准时"}
    (waiting,) = column(page, "parts")
    assert waiting.one("p", class_="card-why").text.startswith("待料 · 预计到料 ")
    assert waiting.one("span", class_="card-model").text == "RAV4"
    (reworked,) = column(page, "work")
    assert reworked.one("li", data_mark="rework").text == "返修 1 次"


async def test_parts_that_come_after_the_promise_make_it_tight(console: httpx.AsyncClient, database: Database) -> None:
    """P3."""
    stay = a_stay()
    await happened(database, stay.authorised(), stay.backordered(eta_at=stay.promised_at + timedelta(minutes=1)))
    (card,) = column(await board(console, await logged_in(console, MANAGER)), "parts")
    assert card.attributes["data-risk"] == "tight"
    assert card.one("strong").text == stay.ro_no, "a car whose plate nobody told has its order's number"


async def test_the_car_that_is_promised_first_stands_first(console: httpx.AsyncClient, database: Database) -> None:
    """W2."""
    stays = [a_stay(promised_in_minutes=minutes) for minutes in (200, 10, 90)]
    for stay in stays:
        await happened(database, stay.checked_in())
    cards = column(await board(console, await logged_in(console, MANAGER)), "authorise")
    assert [card.attributes["id"] for card in cards] == [f"car-{stays[n].ro_id}" for n in (1, 2, 0)]


async def test_nobody_sees_cars_of_a_store_that_is_not_theirs(console: httpx.AsyncClient, database: Database) -> None:
    ours, theirs = a_stay("sh01", "沪A00001"), a_stay("sh02", "沪B00002")
    for stay in (ours, theirs):
        await happened(database, stay.identified(), stay.checked_in())
    advisor = await logged_in(console, ADVISOR)
    for query in ("", "?store=sh01", "?part=columns"):
        page = await console.get(f"/board{query}", headers=advisor)
        assert str(ours.ro_id) in page.text and "00001" in page.text
        assert str(theirs.ro_id) not in page.text and "00002" not in page.text and "sh02" not in page.text
    for path in ("/board?store=sh02", "/board/events?store=sh02", "/board?store=zz99"):
        assert (await console.get(path, headers=advisor)).status_code == 404
    manager = await board(console, await logged_in(console, MANAGER))
    assert len(column(manager, "authorise")) == 2
    assert manager.one("td", data_count="*/checked_in").text == "2"


async def test_one_store_of_many_can_be_looked_at_alone(console: httpx.AsyncClient, database: Database) -> None:
    await happened(database, a_stay("sh01").checked_in(), a_stay("sh02").checked_in(), a_stay("sh02").checked_in())
    page = await board(console, await logged_in(console, MANAGER), "?store=sh02")
    assert page.one("span", data_count="column/authorise").text == "2"
    assert [cell.text for cell in page.all("td", data_count="sh01/checked_in")] == []
    tabs = page.one("nav", aria_label="门店").all("a")
    assert [tab.text for tab in tabs if "aria-current" in tab.attributes] == ["上海虹桥店"]


async def test_chinese_is_spoken_unless_asked_otherwise(console: httpx.AsyncClient) -> None:
    manager, advisor = await logged_in(console, MANAGER), await logged_in(console, ADVISOR)
    assert (await board(console, manager)).one("h1").text == "车间看板"
    assert (await board(console, advisor)).one("h1").text == "Board", "the user's own language"
    asked = await console.get("/board?lang=en", headers=manager)
    assert read(asked.text).one("html", lang="en").one("h1").text == "Board"
    remembered = asked.headers["set-cookie"].partition(";")[0]
    again = await board(console, manager | {"cookie": f"{manager['cookie']}; {remembered}"})
    assert again.one("h1").text == "Board"
    assert (await board(console, manager, "?lang=xx")).one("h1").text == "车间看板"


async def test_queue_depths_are_for_those_who_keep_the_system_running(console: httpx.AsyncClient) -> None:
    """K9."""
    assert (await board(console, await logged_in(console, MANAGER))).one("td", data_depth="parts/dead")
    assert not (await board(console, await logged_in(console, ADVISOR))).all("td", data_kind="dead")
    operator = await logged_in(console, OPERATOR)
    assert (await console.get("/board", headers=operator)).status_code == 403
    assert read((await console.get("/queues", headers=operator)).text).one("td", data_depth="console/work")


async def test_every_answer_tells_the_browser_to_trust_only_us(console: httpx.AsyncClient) -> None:
    user = await logged_in(console, MANAGER)
    pages = ("/board", "/login", "/queues", "/static/nothing.css", "/nowhere", "/livez", "/api/cars", "/board?store=zz99")
    for path in pages:
        answer = await console.get(path, headers=user)
        assert answer.headers["content-security-policy"].startswith("default-src 'self';"), path
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_pages_hold_nothing_that_the_policy_forbids_and_nothing_from_elsewhere(console: httpx.AsyncClient) -> None:
    user = await logged_in(console, MANAGER)
    for path in ("/board", "/queues", "/login"):
        page = read((await console.get(path, headers=user)).text)
        elements = page.all()
        assert not [e for e in elements if "style" in e.attributes or any(name.startswith("on") for name in e.attributes)]
        assert all("src" in script.attributes and not script.text for script in page.all("script"))
        files = [e.attributes.get("src") or e.attributes["href"] for e in elements if e.tag in ("script", "link")]
        for file in files:
            answer = await console.get(file)
            assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"], file


async def test_a_session_opens_only_pages_and_a_token_only_figures(console: httpx.AsyncClient) -> None:
    user = await logged_in(console, MANAGER)
    assert (await console.get("/api/cars", headers=user)).status_code == 401
    assert (await console.get("/board", headers=called_by("group_manager", store="*"))).status_code == 401
