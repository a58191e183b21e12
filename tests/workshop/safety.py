"""Words and steps of the safety rounds: a checklist, its rounds by the clock, their findings."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import text

from services.workshop.inbox import DUE
from shared import clock
from shared.database import new_id
from tests.callers import called_by, once
from tests.due import named, nothing_is_due
from tests.workshop.shop import Shop

Json = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2027, 2, 1)
BY_THE_CLOCK = named(DUE, "open_rounds", "note_overdue", "note_finding_overdue")
WRONG = {"result": "not_ok", "severity": "serious", "to_do": "换胶垫"}


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def a_checklist(**told: Any) -> Json:
    """Of nobody else; every day from that Monday on, by noon, two items of which one is measured."""
    items = [
        {"code": "pads", "name_zh": "托垫", "name_en": "Pads"},
        {"code": "oil", "name_zh": "油量", "name_en": "Oil", "unit": "l"},
    ]
    made = {
        "code": f"c{new_id().hex[-10:]}", "kind": "safety", "name_zh": "举升机", "name_en": "Lifts", "items": items,
        "due_minute": 12 * 60, "answers_role": "technician", "from_on": MONDAY.isoformat(), **told,
    }  # fmt: skip
    return made if made.keys() & {"weekdays", "month_day"} else {"every_days": 1} | made


async def written(shop: Shop, *, store: str | None = None, **told: Any) -> str:
    """The code of a checklist of the shop, or (store 'all') of the group."""
    answer = await write(shop, a_checklist(**told), store=store)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def write(shop: Shop, body: Json, *, store: str | None = None) -> httpx.Response:
    if store == "all":
        return await shop.client.post("/checklists", json=body, headers=called_by("group_manager", store="*") | once())
    path = f"/stores/{shop.store}/checklists"
    return await shop.client.post(path, json=body, headers=shop.by("store_manager", subject="boss") | once())


async def the_clock_ran(shop: Shop, *, schedules: int = 1) -> None:
    await nothing_is_due("workshop", shop.database, BY_THE_CLOCK, schedules=schedules)


async def rounds(shop: Shop, code: str, **asked: Any) -> list[Json]:
    """Oldest first."""
    params = {"code": code, "store_id": shop.store, "limit": 200, **asked}
    answer = await shop.client.get("/safety-rounds", params=params, headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["items"]))


async def states(shop: Shop, code: str) -> dict[str, str]:
    return {each["due_on"]: each["state"] for each in await rounds(shop, code)}


@contextmanager
def on(day: date, hour: int = 9) -> Iterator[None]:
    with clock.stopped(at(day, hour)):
        yield


async def the_round(shop: Shop, code: str) -> Json:
    """The newest, opened by the clock."""
    await the_clock_ran(shop)
    return (await rounds(shop, code))[-1]


async def ask(shop: Shop, path: str, body: Json, by: dict[str, str]) -> httpx.Response:
    """Upon the newest version of what the path is about."""
    seen = await shop.client.get(path.rpartition("/")[0], headers=shop.dispatcher)
    assert seen.status_code == 200, seen.text
    return await shop.client.post(path, json=body, headers=by | once() | {"If-Match": seen.headers["etag"]})


def technician(shop: Shop, subject: str = "chen.jie") -> dict[str, str]:
    return shop.by("technician", subject=subject)


def answers(*, pads: Json | None = None) -> Json:
    return {"answers": [{"item": "pads", **(pads or {"result": "ok"})}, {"item": "oil", "result": "ok", "measured_milli": 250}]}


async def completed(shop: Shop, code: str, *, pads: Json | None = None) -> Json:
    made = await the_round(shop, code)
    answer = await ask(shop, f"/safety-rounds/{made['id']}/completion", answers(pads=pads), technician(shop))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def a_finding(shop: Shop, **told: Any) -> Json:
    """Found on that Monday; its round, too, is known to nobody else."""
    code = await written(shop)
    with on(MONDAY):
        made = await completed(shop, code, pads=WRONG | told)
        [found] = await findings(shop, round_id=made["id"])
    return found


async def findings(shop: Shop, **asked: Any) -> list[Json]:
    answer = await shop.client.get("/safety-findings", params={"limit": 200, **asked}, headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def said(shop: Shop, subject: str) -> list[str]:
    return [kind for kind, _ in await shop.said(UUID(subject))]


async def steps(shop: Shop, subject: str) -> list[str]:
    query = text("SELECT to_state FROM state_history WHERE subject_id = :id ORDER BY seq")
    async with shop.database.hearing() as session:
        return list(await session.scalars(query, {"id": UUID(subject)}))
