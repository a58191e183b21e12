"""Test nouns of who is at work when, and of what that is worth."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import text

from services.workshop.inbox import DUE
from shared import clock
from tests.callers import once
from tests.due import named, nothing_is_due
from tests.workshop.shop import Shop

Json = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")
EIGHT, FIVE = 8 * 60, 17 * 60


def a_code(letter: str) -> str:
    """Nobody else's."""
    return f"{letter}{uuid4().hex[:10]}".lower()


def in_days(days: int) -> date:
    return clock.day_in("Asia/Shanghai") + timedelta(days=days)


def at(day: date, hour: int) -> datetime:
    """The hour of a day of the store."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


async def post(shop: Shop, path: str, body: Json | None = None, *, version: int | None = None) -> httpx.Response:
    """By the dispatcher, who saw this version."""
    seen = {} if version is None else {"If-Match": f'"{version}"'}
    return await shop.client.post(path, json=body, headers=shop.dispatcher | once() | seen)


async def made(shop: Shop, path: str, body: Json | None = None, *, version: int | None = None) -> Json:
    answer = await post(shop, path, body, version=version)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def listed(shop: Shop, path: str, **asked: Any) -> list[Json]:
    answer = await shop.client.get(path, params=asked, headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def id_of(shop: Shop, kind: str, code: str) -> str:
    """Of the technician or bay (`kind` in the plural) with this code."""
    cursor = None
    while True:
        asked = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
        answer = await shop.client.get(f"/stores/{shop.store}/{kind}", params=asked, headers=shop.dispatcher)
        page = answer.json()
        for row in page["items"]:
            if row["code"] == code:
                return str(row["id"])
        cursor = page["next"]
        assert cursor, f"{code} is not listed"


async def a_technician(shop: Shop, *skills: str, **fields: Any) -> Json:
    code = a_code("t")
    body = {"code": code, "name": "陈杰", "user": f"user.{code}", "skills": list(skills), **fields}
    return await made(shop, f"/stores/{shop.store}/technicians", body)


async def a_bay(shop: Shop, kind: str) -> Json:
    return await made(shop, f"/stores/{shop.store}/bays", {"code": a_code("b"), "kind": kind})


def a_plan(technician: str, day: date, **fields: Any) -> Json:
    """A day's work from eight to five with an hour's break."""
    return {
        "technician": technician, "from_on": day.isoformat(), "until_on": day.isoformat(),
        "begins_minute": EIGHT, "ends_minute": FIVE, "break_minutes": 60, **fields,
    }  # fmt: skip


async def a_shift(shop: Shop, technician: str, day: date, **fields: Any) -> Json:
    [shift] = (await made(shop, f"/stores/{shop.store}/shifts", a_plan(technician, day, **fields)))["items"]
    return dict(shift)


async def offered(shop: Shop, skill: str) -> dict[str, int]:
    """Hours offered of a skill by day, all groups of bays together; days without any left out."""
    found: dict[str, int] = {}
    for row in await listed(shop, "/capacities", store_id=shop.store, skill=skill, limit=200):
        if row["offered_hours_milli"]:
            found[row["day"]] = found.get(row["day"], 0) + row["offered_hours_milli"]
    return found


async def until_planned(shop: Shop) -> None:
    """Until nothing that changed waits to be worked out."""
    await nothing_is_due("workshop", shop.database, named(DUE, "plan_store"))


async def facts_of(shop: Shop, subject: UUID | str, type_: str) -> list[Json]:
    """The bodies of what was said of it, oldest first."""
    query = "SELECT body::jsonb FROM outbox WHERE subject = :id AND type = :type ORDER BY version"
    async with shop.database.hearing() as session:
        return list(await session.scalars(text(query), {"id": UUID(str(subject)), "type": f"workshop.{type_}.v1"}))
