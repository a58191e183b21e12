"""Measures over HTTP: how well a store's workshop, its people and its days did, and the group's stores beside each other."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from services.workshop.domain.measures import Part, Unit
from services.workshop.queries import measures as asked
from shared.database import ALL_STORES
from shared.fields import Day, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, allows
from shared.settings import stores

router = APIRouter(tags=["measures"])
ToMeasure = Annotated[Door, allows("workshop.read_measures")]


class ExclusionView(View):
    """So many rows were left out, and why."""

    reason: str
    count: int


class MeasureView(View):
    """A ratio: `value_bp` is numerator / denominator in ten-thousandths of one (unit `share`), of an hour (unit `hours`) or of
    a fen for an hour (unit `fen_per_hour`), null where the denominator is 0."""

    name: str
    numerator: int
    numerator_of: Part
    denominator: int
    denominator_of: Part
    value_bp: int | None
    unit: Unit
    exclusions: list[ExclusionView]
    formula: str


class GroupView(View):
    """The measures of one day, technician, trade or store (`key`)."""

    store_id: str
    key: str
    measures: list[MeasureView]


class MeasuresView(View):
    """What was asked for, and the measures.  By trade, `utilisation` and `productivity` are of the trade's people, all others
    of the trade of the work; what belongs to orders is told by day and store only, what was waited for not by technician."""

    from_on: date
    until_on: date
    by: Literal["day", "technician", "trade", "store"]
    groups: list[GroupView]


@router.get("/stores/{store_id}/measures", response_model=MeasuresView)
async def read_measures(
    store_id: StoreId,
    door: ToMeasure,
    from_on: Annotated[Day, Query()],
    until_on: Annotated[Day, Query()],
    by: Annotated[asked.By, Query()] = "store",
) -> Response:
    """Days are the store's own, both included, at most 92.  422 `range_wrong`."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    return await _measured(door, [store_id], from_on, until_on, by)


@router.get("/measures", response_model=MeasuresView)
async def read_measures_of_stores(
    door: ToMeasure, from_on: Annotated[Day, Query()], until_on: Annotated[Day, Query()]
) -> Response:
    """All stores of the caller, one beside the other; each counts its own days.  422 `range_wrong`."""
    mine = [code for code in stores() if ALL_STORES in door.stores or code in door.stores]
    return await _measured(door, mine, from_on, until_on, "store")


async def _measured(door: Door, of: list[str], from_on: date, until_on: date, by: asked.By) -> Response:
    async with door.reading() as session:
        groups = await asked.measures(of, from_on, until_on, by, session)
    shown = [
        GroupView(store_id=store_id, key=key, measures=[MeasureView.model_validate(each) for each in group.measures()])
        for (store_id, key), group in groups.items()
    ]
    return door.answer(200, MeasuresView(from_on=from_on, until_on=until_on, by=by, groups=shown))
