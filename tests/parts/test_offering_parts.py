"""Parts tells the advisors what lies free and what it costs, while the customer waits."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from services.parts.app import app
from services.parts.domain import StockLevel
from services.parts.inbox import DUE, HEARS
from shared import clock
from shared.database import Database, new_id
from shared.inbox import apply
from shared.schedule import Schedule
from shared.settings import settings
from tests.callers import called_by, calling, once, seen
from tests.due import nothing_is_due
from tests.facts import heard
from tests.parts.words import NOON, STORE, a_line_for, authorised_work
from tests.shared.turnstile import until

ENTRY = {"name_zh": "刹车片", "name_en": "Brake pads", "unit": "set", "cost_fen": 12_345, "lead_time_days": 2, "genuine": True}


@pytest.fixture(scope="module")
async def counter() -> AsyncIterator[httpx.AsyncClient]:
    """The door of the running service."""
    async with calling(app) as client:
        client.headers.update(called_by("parts_clerk"))
        yield client


@pytest.fixture
async def part_no(counter: httpx.AsyncClient, database: Database) -> str:
    """A part with a price and an empty place on the shelf, of which the store has said so."""
    number = f"P-{new_id().hex[-12:]}"
    body = ENTRY | {"part_no": number, "list_price_fen": 39_800}
    answer = await counter.post(f"/stores/{STORE}/parts", json=body, headers=once())
    assert answer.status_code == 201, answer.text
    return number


async def offers(database: Database, part_no: str, store: str = STORE) -> list[dict[str, Any]]:
    """What was said of the part in the store, oldest first, after all that is due was done – here, or by the service itself."""
    waiting = text(
        "SELECT (SELECT count(*) FROM parts WHERE part_no = :part_no AND offer_at IS NOT NULL)"
        " + (SELECT count(*) FROM stock_levels WHERE part_no = :part_no AND offer_at IS NOT NULL)"
    )

    async def done() -> bool:
        with clock.stopped(clock.now() + timedelta(minutes=1)):
            for work in DUE:
                while await Schedule("parts", [work], database, settings()).pass_over(work):
                    pass
        async with database.hearing.begin() as session:
            return not (await session.execute(waiting, {"part_no": part_no})).scalar_one()

    await until(done)
    said = text(
        "SELECT subject, version, body::jsonb AS body FROM outbox WHERE type = 'parts.part_offered.v1' AND store_id = :store"
        " AND body::jsonb ->> 'part_no' = :part_no ORDER BY version"
    )
    async with database.hearing.begin() as session:
        rows = await session.execute(said, {"store": store, "part_no": part_no})
        return [{"subject": row.subject, "version": row.version, **row.body} for row in rows]


async def receive(counter: httpx.AsyncClient, part_no: str, quantity_milli: int) -> None:
    line = {
        "part_no": part_no,
        "quantity_milli": quantity_milli,
        "unit_cost_fen": 1,
        "supplier": "S",
        "delivery_note": "D",
    }
    answer = await counter.post(f"/stores/{STORE}/goods-receipts", json={"lines": [line]}, headers=once())
    assert answer.status_code == 201, answer.text


async def wanted(database: Database, part_no: str, *quantities: int) -> list[UUID]:
    lines = [a_line_for(new_id(), quantity, part_no=part_no) for quantity in quantities]
    facts = [heard(authorised_work(line, promised_at=NOON + timedelta(hours=4))) for line in lines]
    await apply("parts", HEARS, database, facts)
    return [line.ro_line_id for line in lines]


async def test_a_new_part_is_offered_with_its_price(counter: httpx.AsyncClient, database: Database, part_no: str) -> None:
    """R5: nothing lies there yet; the supplier takes two days."""
    newest = (await offers(database, part_no))[-1]
    assert (newest["list_price_fen"], newest["free_milli"], newest["lead_time_days"]) == (39_800, 0, 2)
    assert (newest["name_zh"], newest["unit"], newest["genuine"]) == ("刹车片", "set", True)
    assert "cost_fen" not in newest


async def test_the_free_quantity_follows_receipts_and_reservations(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    """R5, P3: with every change that advisors care for; as long as somebody waits, nothing is free."""
    await receive(counter, part_no, 5_000)
    free = [(await offers(database, part_no))[-1]["free_milli"]]
    [line] = await wanted(database, part_no, 2_000)
    free.append((await offers(database, part_no))[-1]["free_milli"])
    await wanted(database, part_no, 9_000)
    free.append((await offers(database, part_no))[-1]["free_milli"])
    shown = await counter.get(f"/part-lines/{line}")
    issued = await counter.post(f"/part-lines/{line}/issue", json={}, headers=once() | seen(shown.json()["version"]))
    assert issued.status_code == 200, issued.text
    said = await offers(database, part_no)
    assert free == [5_000, 3_000, 0]
    assert [each["version"] for each in said] == list(range(1, len(said) + 1))


async def test_many_reservations_at_once_are_one_offer(counter: httpx.AsyncClient, database: Database, part_no: str) -> None:
    """What is said of a busy shelf does not grow with its customers."""
    await receive(counter, part_no, 50_000)
    before = len(await offers(database, part_no))
    with clock.stopped(clock.now() + timedelta(hours=1)):  # not due yet for the service itself
        await wanted(database, part_no, *[1_000] * 20)
    with clock.stopped(clock.now() + timedelta(hours=2)):
        said = await offers(database, part_no)
    assert (len(said) - before, said[-1]["free_milli"]) == (1, 30_000)


async def test_another_price_is_told_in_every_store_that_keeps_the_part(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    """R5: whoever changes the group's catalogue, the stores that have a place for the part say so; no other does."""
    there = await counter.post("/stores/hz01/parts", json=ENTRY | {"part_no": part_no, "list_price_fen": 39_800},
                               headers=once() | called_by("parts_clerk", store="hz01"))  # fmt: skip
    assert there.status_code == 201, there.text
    manager = called_by("store_manager") | once() | seen(1)
    changed = await counter.post(f"/parts/{part_no}/entry", json=ENTRY | {"list_price_fen": 42_000}, headers=manager)
    assert changed.status_code == 200, changed.text
    prices = {store: [each["list_price_fen"] for each in await offers(database, part_no, store)][-1:] for store in
              ("sh01", "hz01", "sh02")}  # fmt: skip
    assert prices == {"sh01": [42_000], "hz01": [42_000], "sh02": []}


async def test_a_place_that_a_restored_department_makes_again_is_the_same_place(database: Database, part_no: str) -> None:
    """R5: hearers know the place by its id; another one for the same part and store would be a second offer of it."""
    said = await offers(database, part_no)
    made_again = StockLevel.stub((STORE, part_no), STORE)
    assert {str(each["subject"]) for each in said} == {str(made_again.id)}
    assert made_again.id != StockLevel.stub(("hz01", part_no), "hz01").id


async def test_a_part_that_the_catalogue_does_not_know_is_not_offered(database: Database) -> None:
    unknown = f"P-{new_id().hex[-12:]}"
    await wanted(database, unknown, 1_000)
    assert await offers(database, unknown) == []


async def test_who_tells_new_prices_waits_for_nobody_who_reserves(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    """Whoever works on two shelves gets both while their prices change; the shelf that was busy is told of a moment later."""
    other = f"{part_no}-2"
    added = await counter.post(f"/stores/{STORE}/parts", json=ENTRY | {"part_no": other, "list_price_fen": 1}, headers=once())
    assert added.status_code == 201
    first, second = sorted((part_no, other))
    await offers(database, part_no)
    for changed in (second, first):
        version = (await counter.get(f"/parts/{changed}")).json()["version"]
        entry = ENTRY | {"list_price_fen": 77_700}
        manager = called_by("store_manager") | once() | seen(version)
        assert (await counter.post(f"/parts/{changed}/entry", json=entry, headers=manager)).status_code == 200
    shelf = select(StockLevel).where(StockLevel.store_id == STORE).with_for_update()
    async with database.hearing.begin() as session:
        await session.execute(shelf.where(StockLevel.part_no == first))
        with clock.stopped(clock.now() + timedelta(minutes=1)):
            await nothing_is_due("parts", database, DUE[:1])
        await session.execute(shelf.where(StockLevel.part_no == second))
    with clock.stopped(clock.now() + timedelta(minutes=2)):
        said = [(await offers(database, part))[-1]["list_price_fen"] for part in (first, second)]
    assert said == [77_700, 77_700]
