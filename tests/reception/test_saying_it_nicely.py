"""The advisor is shown what to say at each step, Chinese first, in the store's own words where it has any."""

import pytest

from services.reception.domain.phrases import STEPS
from tests.reception.counter import Counter


async def test_every_step_has_phrases_in_both_languages_chinese_first(counter: Counter) -> None:
    """R13."""
    items = (await counter.get("/stores/sh01/phrases", "cashier")).json()["items"]
    assert [(item["language"], item["step"]) for item in items] == [
        (language, step) for language in ("zh-CN", "en") for step in STEPS
    ]
    assert all(item["phrases"] for item in items)
    needed = {
        "greeting",
        "inquiry",
        "walk_around",
        "estimate",
        "waiting",
        "supplement",
        "settlement",
        "delivery",
        "phone",
        "farewell",
    }
    assert needed <= set(STEPS)


async def test_a_step_in_one_language(counter: Counter) -> None:
    """R13."""
    [item] = (await counter.get("/stores/sh01/phrases", step="greeting", language="zh-CN")).json()["items"]
    assert (item["step"], item["language"]) == ("greeting", "zh-CN")
    assert item["phrases"][0].startswith("您好，欢迎光临")


async def test_a_store_puts_its_own_in_place_and_the_other_steps_stay(counter: Counter) -> None:
    own = {"value": {"farewell": {"zh_cn": ["慢走！"], "en": ["Take care!"]}}}
    answer = await counter.post("/stores/sh02/policies/courtesy_phrases", own, "store_manager", store="sh02")
    assert answer.status_code == 201, answer.text
    for store, said in (("sh02", ["慢走！"]), ("sh01", None)):
        items = (await counter.get(f"/stores/{store}/phrases", store=store, language="zh-CN")).json()["items"]
        by_step = {item["step"]: item["phrases"] for item in items}
        assert (by_step["farewell"] == said) == (store == "sh02")
        assert by_step["greeting"][0].startswith("您好，欢迎光临")


@pytest.mark.parametrize("value", [{"farewel": {"zh_cn": ["x"]}}, {"farewell": {"en": ["x"]}}, {"farewell": {"zh_cn": [" "]}}])
async def test_phrases_that_cannot_be_meant_are_refused(counter: Counter, value: dict[str, object]) -> None:
    answer = await counter.post("/stores/sh01/policies/courtesy_phrases", {"value": value}, "store_manager")
    assert answer.status_code == 422


async def test_another_store_s_phrases_are_not_found_and_unknown_steps_refused(counter: Counter) -> None:
    assert (await counter.get("/stores/sh02/phrases", store="sh01")).status_code == 404
    assert (await counter.get("/stores/sh01/phrases", step="breakdance")).status_code == 422
    assert (await counter.get("/stores/sh01/phrases", language="de")).status_code == 422
