"""What goes wrong on a workshop floor: a lift breaks, somebody forgets to clock out, there is oil on the ground."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from deploy.demo.people import GivenUp, Json, Person
from deploy.demo.stores import Store
from shared import clock
from shared.settings import stores


async def break_lift(store: Store, bay: str) -> Json:
    """The lift does not come down any more: what was meant for it is given back.  The outage."""
    place, why = await _place(store, bay), {"reason": "举升机不下降"}
    told = await store.manager.do(f"/bays/{place['id']}/outages", why, version=int(place["version"]))
    outage: Json = told["outage"]
    return outage


async def _place(store: Store, code: str) -> Json:
    """The bay of that code, also one that another run of the demonstration added."""
    at, cursor = f"/stores/{store.code}/bays", dict[str, str]()
    while True:
        page = await store.manager.ask(at, limit=200, **cursor)
        for place in page["items"]:
            if place["code"] == code:
                found: Json = place
                return found
        if page["next"] is None:
            raise GivenUp(f"store {store.code} has no bay {code}")
        cursor = {"cursor": page["next"]}


async def mend_lift(store: Store, outage: Json) -> None:
    """It works again."""
    await store.manager.do(f"/outages/{outage['id']}/end", version=int(outage["version"]))


async def forget_to_clock_out(store: Store, run: str) -> bool:
    """A technician whose shift ends within the minute goes home without a word; the clock is closed at the end of the shift,
    and the manager looks at it.  Whether it was so."""
    at, code = f"/stores/{store.code}", f"N-{run}"
    late = Person(f"{store.code}.night-{run}", {store.code: ["technician"]}, store.manager.base_url, store.manager.client)
    body = {"code": code, "name": "夜班技师", "user": late.name, "skills": ["cleaning"]}
    await store.manager.do(f"{at}/technicians", body)
    await store.manager.do(f"{at}/policies/clocks", {"value": {"grace_minutes": 0}})
    local = clock.now().astimezone(ZoneInfo(stores()[store.code].time_zone)) + timedelta(seconds=5)
    shift = {"technician": code, "from_on": local.date().isoformat(), "until_on": local.date().isoformat(),
             "begins_minute": 0, "ends_minute": local.hour * 60 + local.minute + 1}  # fmt: skip
    await store.manager.do(f"{at}/shifts", shift)
    await late.do(f"{at}/technicians/{code}/clock-in")

    async def closed() -> Json | None:
        found = (await store.manager.ask(f"{at}/attendances", technician=code, flagged="true"))["items"]
        return next(iter(found), None)

    forgotten = await store.manager.until(f"the forgotten clock of {code} to be closed", closed)
    path = f"/attendances/{forgotten['id']}"
    confirmed = await store.manager.do(f"{path}/corrections", {"reason": "已电话确认"}, on=path)
    return bool(confirmed["left_at"]) and not confirmed["flagged"]


async def walk_the_round(store: Store) -> bool:
    """The day's 6S round finds oil on the floor; a technician cleans it up, the dispatcher looks and confirms.  Whether it was
    so."""
    technician = next(iter(store.technicians.values()))

    async def newest() -> Json | None:
        return next(iter((await technician.ask("/safety-rounds", store_id=store.code, code="six-s"))["items"]), None)

    today = await technician.until(f"the 6S round of {store.code}", newest)
    if today["state"] == "completed":
        return True  # by another run of the day
    at = f"/safety-rounds/{today['id']}"
    oil = {"item": "shine", "result": "not_ok", "severity": "serious", "to_do": "清理 3 号工位油污"}
    answers = [
        oil if item["code"] == "shine" else {"item": item["code"], "result": "ok"}
        for item in (await technician.ask(at))["items"]
    ]
    await technician.do(f"{at}/completion", {"answers": answers}, on=at)
    [finding] = (await technician.ask("/safety-findings", store_id=store.code, round_id=today["id"]))["items"]
    path = f"/safety-findings/{finding['id']}"
    await technician.do(f"{path}/resolution", {"done": "已清洁并铺设吸油垫"}, on=path)
    verified = await store.dispatcher.do(f"{path}/verification", on=path)
    return bool(verified["state"] == "verified")
