"""The console's HTTP side: figures as JSON for programs with a token, and the pages for people with a session."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import defer

from services.console import pages, queries
from services.console.domain import Car, Stage
from shared.fields import Fen, Id, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter()
router.include_router(pages.router)


class CarView(View):
    """Where a car stands; `id` is its repair order's.  Plate and VIN are not told here."""

    id: Id
    store_id: str
    stage: Stage
    since: datetime
    ro_no: str | None
    vehicle_id: Id | None
    advisor: str | None
    promised_at: datetime | None
    arrived_at: datetime | None
    delivered_at: datetime | None
    technicians: list[str]
    short_lines: int
    eta_at: datetime | None
    reworks: int
    complaint: bool
    lowest_score: int | None
    claimed_fen: Fen
    claims_open: int
    claims_paid: int


class StoreCounts(View):
    """A store's cars: how many stand in each stage now (delivered ones for seven days), and what became of all ever."""

    store_id: str
    stages: dict[Stage, int]
    cars: int
    delivered: int
    surveys_answered: int
    complaints: int
    claims_open: int
    claims_paid: int
    cars_reworked: int
    cars_waiting_for_parts: int


class LagView(View):
    """Milliseconds from a fact's announcement to its handling here, over the last minutes; null when nothing was handled."""

    minutes: int
    events: int
    p50_ms: float | None
    p99_ms: float | None


@router.get("/api/cars", response_model=Listing[CarView])
async def cars(
    page: Paged,
    door: Annotated[Door, allows("console.board")],
    store_id: StoreId | None = None,
    stage: Stage | None = None,
) -> Listing[CarView]:
    """Cars, the newest first."""
    query = select(Car).where(Car.stage.is_not(None)).options(defer(Car.known, raiseload=True))
    query = query.where(Car.store_id == store_id) if store_id else query
    query = query.where(Car.stage == stage) if stage else query
    async with door.reading() as session:
        rows, following = await page_of(session, query, [Car.id], page)
    return Listing(items=[CarView.model_validate(row) for row in rows], next=following)


@router.get("/api/counts", response_model=list[StoreCounts])
async def counts(door: Annotated[Door, allows("console.board")]) -> list[StoreCounts]:
    """Figures of each of the caller's stores that has had a car."""
    async with door.reading() as session:
        now, ever = await queries.stage_counts(session), await queries.store_figures(session)
    return [
        StoreCounts(
            stages={count.stage: count.cars for count in now if count.store_id == figures.store_id},
            **{name: getattr(figures, name) for name in StoreCounts.model_fields if name != "stages"},
        )
        for figures in ever
    ]


@router.get("/api/lag", response_model=LagView)
async def lag(door: Annotated[Door, allows("console.queues")], minutes: Annotated[int, Query(ge=1, le=1440)] = 15) -> LagView:
    """How far the console is behind what is said."""
    async with door.reading() as session:
        found = await queries.lag(minutes, session)
    return LagView(minutes=minutes, events=found.events, p50_ms=found.p50_ms, p99_ms=found.p99_ms)
