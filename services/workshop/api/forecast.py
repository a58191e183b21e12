"""The capacity of the coming days beside the work that is known."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.workshop.queries import forecast
from shared.fields import Code, Day, StoreId, View
from shared.refusal import Invalid, Unknown
from shared.service import Door, allows

router = APIRouter(tags=["capacities"])
MOST_DAYS = 92


class OutlookView(View):
    """One skill on one day of the store, hours in thousandths: what may be sold, what is authorised and not completed (with an
    appointment and without), what appointments will need of which no work is authorised yet, what is left."""

    day: date
    skill: str
    sellable_hours_milli: int
    appointed_hours_milli: int
    walk_in_hours_milli: int
    expected_hours_milli: int
    free_hours_milli: int
    overloaded: bool


class ForecastView(View):
    """By day and skill; a day without hours and work is left out."""

    store_id: str
    items: list[OutlookView]


@router.get("/stores/{store_id}/capacity-forecast", response_model=ForecastView)
async def read_forecast(
    store_id: StoreId,
    from_on: Annotated[Day, Query()],
    until_on: Annotated[Day, Query()],
    door: Annotated[Door, allows("workshop.read")],
    skill: Annotated[Code | None, Query()] = None,
) -> Response:
    """K5.  Both days included, at most 92 of them."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    if not timedelta() <= until_on - from_on < timedelta(days=MOST_DAYS):
        raise Invalid("query.until_on", "range_wrong", f"Ask for at most {MOST_DAYS} days, the first day first.")
    async with door.reading() as session:
        found = await forecast.outlook(store_id, from_on, until_on, skill, session)
    items = [_seen(day, name, each) for (day, name), each in sorted(found.items())]
    return door.answer(200, ForecastView(store_id=store_id, items=items))


def _seen(day: date, skill: str, outlook: forecast.Outlook) -> OutlookView:
    known = outlook.appointed_hours_milli + outlook.walk_in_hours_milli + outlook.expected_hours_milli
    left = outlook.sellable_hours_milli - known
    return OutlookView(
        day=day,
        skill=skill,
        sellable_hours_milli=outlook.sellable_hours_milli,
        appointed_hours_milli=outlook.appointed_hours_milli,
        walk_in_hours_milli=outlook.walk_in_hours_milli,
        expected_hours_milli=outlook.expected_hours_milli,
        free_hours_milli=max(0, left),
        overloaded=left < 0,
    )
