"""What the board and the figures of the console are read from."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from services.console.domain import Car, Stage, Vehicle
from shared import clock
from shared.fields import Id

STAGES: tuple[Stage, ...] = get_args(Stage)
ON_THE_BOARD_AFTER_DELIVERY = timedelta(days=7)
MOST_IN_A_STAGE = 60
"""Most cards that one stage shows; the counts know of the others."""


@dataclass(frozen=True, slots=True)
class Card:
    """A car and its name for people; `version` rises whenever what is shown changes."""

    car: Car
    vehicle: Vehicle | None

    @property
    def version(self) -> int:
        return _version(max(self.car.touched_at, self.vehicle.touched_at if self.vehicle else self.car.touched_at))


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many cars of a store stand in a stage."""

    store_id: str
    stage: Stage
    cars: int


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What became of a store's cars since ever."""

    store_id: str
    cars: int
    delivered: int
    surveys_answered: int
    complaints: int
    claims_open: int
    claims_paid: int
    cars_reworked: int
    cars_waiting_for_parts: int


@dataclass(frozen=True, slots=True)
class Lag:
    """How long facts took from being announced to being handled here; None when there were none."""

    events: int
    p50_ms: float | None
    p99_ms: float | None


def _cards() -> Select[Car, Vehicle | None]:
    return select(Car, Vehicle).outerjoin(Vehicle, Vehicle.id == Car.vehicle_id).options(defer(Car.known, raiseload=True))


async def cards_of(ids: Collection[Id], session: AsyncSession) -> list[Card]:
    """The cards of these cars."""
    rows = await session.execute(_cards().where(Car.id.in_(ids), Car.stage.is_not(None)))
    return [Card(car, vehicle) for car, vehicle in rows]


async def cards_on_the_board(store_id: str | None, session: AsyncSession) -> list[Card]:
    """The cards that the board shows (of one store, or of all that the session sees), those promised first first."""
    place = func.row_number().over(partition_by=(Car.store_id, Car.stage), order_by=(_urgency(), Car.id))
    numbered = select(Car.id, place.label("place")).where(_on_the_board(), Car.stage != "surveyed")
    if store_id is not None:
        numbered = numbered.where(Car.store_id == store_id)
    first = numbered.subquery()
    rows = await session.execute(
        _cards().join(first, first.c.id == Car.id).where(first.c.place <= MOST_IN_A_STAGE).order_by(_urgency(), Car.id)
    )
    return [Card(car, vehicle) for car, vehicle in rows]


async def touched_since(moment: datetime, session: AsyncSession) -> dict[Id, int]:
    """Cars that changed after this moment, with the versions that their cards have at least."""
    rows = await session.execute(select(Car.id, Car.touched_at).where(Car.touched_at > moment))
    return {car: _version(touched_at) for car, touched_at in rows}


async def stage_counts(session: AsyncSession) -> list[StageCount]:
    """Cars per store and stage, those delivered only as long as the board remembers them."""
    query = select(Car.store_id, Car.stage, func.count()).where(_on_the_board()).group_by(Car.store_id, Car.stage)
    return [StageCount(store_id, stage, cars) for store_id, stage, cars in await session.execute(query) if stage is not None]


async def store_figures(session: AsyncSession) -> list[StoreFigures]:
    """Figures of all stores that the session sees."""
    query = select(
        Car.store_id,
        func.count(),
        func.count(Car.delivered_at),
        func.count(Car.lowest_score),
        func.count().filter(Car.complaint),
        func.coalesce(func.sum(Car.claims_open), 0),
        func.coalesce(func.sum(Car.claims_paid), 0),
        func.count().filter(Car.reworks > 0),
        func.count().filter(Car.short_lines > 0),
    ).group_by(Car.store_id)
    return [StoreFigures(*row) for row in await session.execute(query.order_by(Car.store_id))]


async def lag(minutes: int, session: AsyncSession) -> Lag:
    """Announced to handled, over the facts handled in the last minutes."""
    row = await session.execute(_LAG, {"minutes": minutes})
    return Lag(*row.one())


_LAG = text("""
    SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), percentile_cont(0.99) WITHIN GROUP (ORDER BY ms)
      FROM (SELECT extract(epoch FROM handled_at - announced_at)::float8 * 1000 AS ms
              FROM inbox WHERE handled_at > now() - make_interval(mins => :minutes)) AS lately
""")


def _version(touched_at: datetime) -> int:
    return int(touched_at.timestamp() * 1_000_000)


def _on_the_board() -> ColumnElement[bool]:
    here = and_(Car.delivered_at.is_(None), Car.stage != "cancelled")
    return or_(here, Car.delivered_at > clock.now() - ON_THE_BOARD_AFTER_DELIVERY)


def _urgency() -> ColumnElement[float]:
    """The promised moment; of delivered cars the newest first."""
    return func.coalesce(-func.extract("epoch", Car.delivered_at), func.extract("epoch", Car.promised_at), 1e12)
