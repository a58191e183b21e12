"""The hours of a day, from the workshop that has them to the customers who take them, through the running services (K5)."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.demo.people import Refusal
from shared import clock
from tests.journeys.desk import Desk, Json, labour, open_desk_of

STORE = "hz01"
SKILL = "glazing"
desk = open_desk_of(STORE)


async def test_the_hours_of_a_day_are_offered_sold_and_seen_to_be_too_few_beforehand(desk: Desk) -> None:
    """K5, R1: the workshop offers two hours; an appointment takes one and a half of them, and nobody sells what is not left.  A
    car that came without one is promised for the same day: the workshop sees days ahead that it is half an hour short."""
    advisor, dispatcher = desk.store.advisor, desk.store.dispatcher
    day = (clock.now() + timedelta(days=12)).astimezone(UTC).date().isoformat()
    at = datetime.fromisoformat(f"{day}T02:00:00+00:00")
    group = {"skill": SKILL, "bay_group": "lift"}
    offered = {"from_on": day, "until_on": day, "lines": [group | {"hours_milli": 2_000}]}
    await dispatcher.do(f"{desk.at}/capacities", offered)

    async def free() -> int | None:
        found = (await advisor.ask(f"{desk.at}/free-slots", from_on=day, until_on=day, **group))["items"]
        return int(found[0]["free_hours_milli"]) if found else None

    async def outlook() -> Json:
        found = (await dispatcher.ask(f"{desk.at}/capacity-forecast", from_on=day, until_on=day, skill=SKILL))["items"]
        return dict(found[0])

    assert await advisor.until("the workshop's hours", free) == 2_000
    vehicle = await desk.vehicle(await desk.customer())
    wish = {"customer_id": vehicle["customer_id"], "vehicle_id": vehicle["id"], "starts_at": at.isoformat()}
    held = await advisor.do(f"{desk.at}/appointments", wish | {"needs": [group | {"hours_milli": 1_500}]})
    path = f"/appointments/{held['id']}"
    await advisor.do(f"{path}/confirmation", on=path)
    assert await free() == 500
    other = await desk.vehicle(await desk.customer())
    too_much = {"customer_id": other["customer_id"], "vehicle_id": other["id"], "starts_at": at.isoformat()}
    with pytest.raises(Refusal, match="no_capacity"):
        await advisor.do(f"{desk.at}/appointments", too_much | {"needs": [group | {"hours_milli": 1_000}]})

    async def expected() -> bool:
        return bool((await outlook())["expected_hours_milli"] == 1_500)

    await dispatcher.until("the appointment in the forecast", expected)
    promised_at = (at + timedelta(hours=6)).isoformat()
    await desk.agree(await desk.a_car(promised_at=promised_at), labour(f"{SKILL}-windscreen", flat_hours_milli=1_000))

    async def short() -> bool:
        return bool((await outlook())["overloaded"])

    await dispatcher.until("the day to be short of hours", short)
    seen = await outlook()
    known = ("sellable_hours_milli", "expected_hours_milli", "walk_in_hours_milli", "free_hours_milli")
    assert [seen[name] for name in known] == [2_000, 1_500, 1_000, 0]
