"""Turning technicians' clocks: words and steps."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from services.workshop.domain import Shift
from services.workshop.inbox import DUE
from shared.cause import Cause, bound
from shared.database import new_id
from tests.callers import once
from tests.due import named, nothing_is_due
from tests.workshop.shop import Hand, Shop

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""Eight o'clock in Shanghai."""
Json = dict[str, Any]


def after(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


async def ask(shop: Shop, hand: Hand, action: str, body: Json | None = None) -> httpx.Response:
    path = f"/stores/{shop.store}/technicians/{hand.technician}/{action}"
    return await shop.client.post(path, json=body, headers=hand.headers | once())


async def does(shop: Shop, hand: Hand, action: str, body: Json | None = None) -> Json:
    answer = await ask(shop, hand, action, body)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def day_of(shop: Shop, hand: Hand) -> list[tuple[str, float, float | None]]:
    """What the technician did: (kind, from, until) in minutes since the morning."""
    path = f"/stores/{shop.store}/technicians/{hand.technician}/day?day=2026-11-23"
    answer = await shop.client.get(path, headers=hand.headers)
    assert answer.status_code == 200, answer.text

    def minutes(moment: str | None) -> float | None:
        return None if moment is None else (datetime.fromisoformat(moment) - MORNING).total_seconds() / 60

    return [
        (activity["kind"], minutes(activity["started_at"]) or 0.0, minutes(activity["ended_at"]))
        for attendance in answer.json()["items"]
        for activity in attendance["activities"]
    ]


async def correct(shop: Shop, attendance: Json, body: Json, subject: str = "zhao.lei", action: str = "corrections") -> Any:
    path = f"/attendances/{attendance['id']}"
    supervisor = shop.by("store_manager", subject=subject)
    seen = await shop.client.get(path, headers=supervisor)
    headers = supervisor | once() | {"If-Match": seen.headers["etag"]}
    return await shop.client.post(f"{path}/{action}", json=body, headers=headers)


def told(*stretches: tuple[str, float, float], job: UUID | None = None) -> list[Json]:
    return [
        {"kind": kind, "started_at": after(begins).isoformat(), "ended_at": after(ends).isoformat()}
        | ({"job_id": str(job)} if job and kind in ("job", "rework") else {})
        for kind, begins, ends in stretches
    ]


async def rostered(shop: Shop, hand: Hand, begins: float, ends: float) -> None:
    async with shop.database.hearing.begin() as session:
        with bound(Cause(new_id(), "user:test", (shop.store,))):
            session.add(
                Shift(store_id=shop.store, technician=hand.technician, day=MORNING.date(), begins_at=after(begins),
                      ends_at=after(ends), break_minutes=60, version=1)
            )  # fmt: skip


async def due(shop: Shop) -> None:
    await nothing_is_due("workshop", shop.database, named(DUE, "close_forgotten"))


async def said(shop: Shop, job: UUID) -> list[tuple[str, Json]]:
    """Clock facts of a job, oldest first."""
    async with shop.database.hearing() as session:
        query = text(
            "SELECT type, body::jsonb FROM outbox WHERE subject = :id AND type LIKE '%labour_clocked%' ORDER BY version"
        )
        return [(type.split(".")[1], body) for type, body in await session.execute(query, {"id": job})]
