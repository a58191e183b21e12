"""Figures for programs: cars, counts, lag."""

import httpx
import pytest

from shared.database import Database
from tests.callers import called_by
from tests.console.words import AStay, happened

pytestmark = pytest.mark.usefixtures("nothing_happened_yet")


async def test_cars_are_told_without_what_names_their_owner(console: httpx.AsyncClient, database: Database) -> None:
    stay = AStay()
    await happened(database, *stay.whole())
    answer = await console.get("/api/cars", headers=called_by("store_manager"))
    (car,) = answer.json()["items"]
    assert (car["id"], car["ro_no"], car["stage"], car["claimed_fen"]) == (str(stay.ro_id), stay.ro_no, "surveyed", 60_000)
    assert stay.plate not in answer.text and "LFV3A23C8J3000001" not in answer.text


async def test_cars_come_in_pages_and_by_store_and_stage(console: httpx.AsyncClient, database: Database) -> None:
    here, there = [AStay() for _ in range(3)], AStay("sh02")
    for stay in (*here, there):
        await happened(database, stay.checked_in())
    await happened(database, here[0].authorised())
    manager = called_by("group_manager", store="*")

    async def ids(query: str) -> list[str]:
        answer = await console.get(f"/api/cars?{query}", headers=manager)
        assert answer.status_code == 200, answer.text
        return [car["id"] for car in answer.json()["items"]]

    assert set(await ids("store_id=sh01")) == {str(stay.ro_id) for stay in here}
    assert await ids("stage=authorised") == [str(here[0].ro_id)]
    first = (await console.get("/api/cars?limit=3", headers=manager)).json()
    assert len(first["items"]) == 3
    assert len(await ids(f"limit=3&cursor={first['next']}")) == 1


async def test_counts_tell_where_the_cars_of_each_own_store_are_and_what_became_of_them(
    console: httpx.AsyncClient, database: Database
) -> None:
    """K1, K2."""
    done, waiting = AStay(), AStay()
    await happened(database, *done.whole(), waiting.authorised(), waiting.backordered(), *AStay("sh02").whole())
    (counts,) = (await console.get("/api/counts", headers=called_by("store_manager"))).json()
    assert counts["store_id"] == "sh01"
    assert counts["stages"]["waiting_parts"] == 1
    told = {name: counts[name] for name in counts if name not in ("store_id", "stages")}
    assert told == {
        "cars": 2, "delivered": 1, "surveys_answered": 1, "complaints": 1, "claims_open": 0, "claims_paid": 1,
        "cars_reworked": 1, "cars_waiting_for_parts": 1,
    }  # fmt: skip


async def test_lag_is_measured_over_what_was_handled_lately(console: httpx.AsyncClient, database: Database) -> None:
    """K9."""
    await happened(database, AStay().checked_in())
    lag = (await console.get("/api/lag?minutes=5", headers=called_by("ops", store="*"))).json()
    assert lag["events"] >= 1 and 0 <= lag["p50_ms"] <= lag["p99_ms"] < 60_000
    assert (await console.get("/api/lag", headers=called_by("advisor"))).status_code == 403
