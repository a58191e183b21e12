"""Technical bulletins: written for the group or a store, found by model, operation and symptom, and their use counted."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared import clock
from shared.database import new_id
from tests.callers import called_by, once
from tests.workshop.shop import Shop
from tests.workshop.words import NOON, a_labour_line, an_identity, authorised_work

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped(NOON):
        yield


def a_bulletin(**told: Any) -> Json:
    """Valid since the spring."""
    number = f"TB-{new_id().hex[-8:]}"
    texts = {"title_zh": "异响", "title_en": "Noise", "text_zh": "涂抹润滑脂", "text_en": "Grease the pins."}
    made = {"number": number, **texts, "valid_from_on": "2026-03-01", **told}
    return made if made.keys() & {"models", "op_codes", "concern_codes"} else made | {"models": ["Passat"]}


async def written(shop: Shop, *bulletins: Json, store: str | None = "sh01") -> httpx.Response:
    path = "/bulletin-imports" if store is None else f"/stores/{store}/bulletin-imports"
    by = called_by("group_manager", store="*") if store is None else called_by("store_manager", store=store)
    return await shop.client.post(path, json={"bulletins": list(bulletins)}, headers=by | once())


async def shown(shop: Shop, job: UUID) -> dict[str, list[str]]:
    answer = await shop.client.get(f"/jobs/{job}/bulletins", headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return {each["number"]: each["because"] for each in answer.json()["items"]}


async def a_job(shop: Shop, op_code: str, concern: str, *, model_known: bool = True) -> UUID:
    """On a Passat."""
    car, line = new_id(), a_labour_line(op_code=op_code).model_copy(update={"concern_code": concern})
    await shop.hear(authorised_work(line, vehicle_id=car))
    if model_known:
        await shop.hear(an_identity(car))
    return line.ro_line_id


async def test_bulletins_are_found_by_operation_symptom_and_model_and_say_why(shop: Shop) -> None:
    """W9: the best fit first; what is meant for other cars, operations or symptoms, or is over, is not shown."""
    op, concern = f"ENGINE-{new_id().hex[-6:]}", f"N-{new_id().hex[-6:]}"
    every = {
        "both": a_bulletin(op_codes=[op], concern_codes=[concern], models=["Passat"]),
        "operation": a_bulletin(op_codes=[op]), "symptom": a_bulletin(concern_codes=[concern], models=["Passat"]),
        "other car": a_bulletin(op_codes=[op], models=["Golf"]), "other work": a_bulletin(op_codes=["ENGINE-OTHER"]),
        "over": a_bulletin(op_codes=[op], valid_until_on="2026-11-20"),
        "to come": a_bulletin(op_codes=[op], valid_from_on="2026-11-22"),
    }  # fmt: skip
    assert (await written(shop, *every.values())).status_code == 201
    numbers = {each["number"]: name for name, each in every.items()}
    found = await shown(shop, await a_job(shop, op, concern))
    assert [numbers[number] for number in found] == ["both", "operation", "symptom"]
    assert list(found.values()) == [["operation", "symptom", "model"], ["operation"], ["symptom", "model"]]
    unknown = await shown(shop, await a_job(shop, op, concern, model_known=False))
    assert [numbers[number] for number in unknown] == ["operation"], "nobody knows yet which car it is"


async def test_the_group_s_bulletins_are_for_all_stores_and_a_store_s_for_itself(shop: Shop) -> None:
    """W9."""
    op = f"ENGINE-{new_id().hex[-6:]}"
    group, own, foreign = (a_bulletin(op_codes=[op]) for _ in range(3))
    assert (await written(shop, group, store=None)).status_code == 201
    assert (await written(shop, own)).status_code == 201
    assert (await written(shop, foreign, store="sh02")).status_code == 201
    assert set(await shown(shop, await a_job(shop, op, "X"))) == {group["number"], own["number"]}
    by = called_by("group_manager", store="sh01") | once()
    answer = await shop.client.post("/bulletin-imports", json={"bulletins": [a_bulletin()]}, headers=by)
    assert answer.status_code == 403


async def test_importing_again_changes_nothing_and_a_change_is_a_new_version(shop: Shop) -> None:
    """W9."""
    bulletin = a_bulletin()
    assert [each["version"] for each in (await written(shop, bulletin)).json()["items"]] == [1]
    assert (await written(shop, bulletin)).json()["items"] == []
    changed = bulletin | {"text_en": "Grease the pins twice."}
    assert [each["version"] for each in (await written(shop, changed)).json()["items"]] == [2]


async def test_a_wrong_line_leaves_all_of_an_import_out(shop: Shop) -> None:
    good, bad = a_bulletin(), a_bulletin(valid_until_on="2025-01-01")
    answer = await written(shop, good, bad)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "bulletins", "1", "valid_until_on"])
    nothing = await written(shop, good, a_bulletin(models=[]))
    assert nothing.json()["errors"][0]["type"] == "meant_for_nothing"
    twice = await written(shop, good, good)
    assert twice.json()["errors"][0]["type"] == "number_repeated"
    assert len((await written(shop, good)).json()["items"]) == 1, "nothing of it had been kept"


async def test_use_is_counted_once_for_a_job_and_whether_it_helped(shop: Shop) -> None:
    """W9: by who works on it; feeds what is known of the bulletin."""
    hand, other, bulletin = await shop.a_hand(), await shop.a_hand(), a_bulletin(op_codes=["ENGINE-OIL"])
    await written(shop, bulletin)
    job = await shop.dispatched(hand)
    told = {"number": bulletin["number"], "helped": True}
    assert (await shop.ask(job, "bulletin-uses", other.headers, told)).status_code == 404
    assert (await shop.ask(job, "bulletin-uses", hand.headers, told)).status_code == 201
    assert (await shop.ask(job, "bulletin-uses", hand.headers, told)).json()["code"] == "used_already"
    unknown = await shop.ask(job, "bulletin-uses", hand.headers, told | {"number": "TB-NONE"})
    assert unknown.json()["errors"][0]["type"] == "unknown_bulletin"
    listed = (await shop.client.get("/bulletins?limit=200", headers=shop.dispatcher)).json()["items"]
    mine = next(each for each in listed if each["number"] == bulletin["number"])
    assert (mine["used"], mine["helped"]) == (1, 1)
