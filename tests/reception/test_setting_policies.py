"""What a store or the group sets for itself at the front desk."""

from typing import ClassVar

import pytest

from services.reception.domain import Terms
from shared.policies import terms_in_force
from tests.reception.counter import Counter


class PaintTerms(Terms, name="test_policy"):
    """How this file's tests paint."""

    coats: int = 2
    colour: str = "white"
    HUES: ClassVar[int] = 3


async def test_a_store_s_own_terms_go_before_the_group_s_and_these_before_the_defaults(counter: Counter) -> None:
    """All values are defaults of a per-store policy, changeable without a release (mission)."""

    async def coats(store: str) -> int:
        async with counter.database.hearing.begin() as session:
            return (await terms_in_force(PaintTerms, store, session)).coats

    assert await coats("sh01") == 2
    group = await counter.post("/policies", {"name": "test_policy", "value": {"coats": 3}}, "group_manager", store="*")
    assert group.status_code == 201, group.text
    assert [await coats("sh01"), await coats("sh02")] == [3, 3]
    own = await counter.post("/stores/sh01/policies/test_policy", {"value": {"coats": 4}}, "store_manager")
    assert (own.status_code, own.json()["version"], own.json()["value"]) == (201, 1, {"coats": 4})
    assert [await coats("sh01"), await coats("sh02")] == [4, 3]

    later = {"value": {"coats": 9}, "valid_from": "2099-01-01T00:00:00+08:00"}
    assert (await counter.post("/stores/sh01/policies/test_policy", later, "store_manager")).status_code == 201
    assert await coats("sh01") == 4, "what is not in force yet changes nothing"

    shown = (await counter.get("/stores/sh01/terms")).json()["items"]
    mine = next(item for item in shown if item["name"] == "test_policy")
    assert mine == {"name": "test_policy", "terms": {"coats": 4, "colour": "white"}, "version": 1, "set_by": "sh01"}
    versions = (await counter.get("/policies", name="test_policy", store_id="sh01")).json()["items"]
    assert [item["version"] for item in versions] == [2, 1]


@pytest.mark.parametrize(
    ("value", "loc"), [({"coats": "many"}, ["body", "value", "coats"]), ({"coatz": 1}, ["body", "value", "coatz"])]
)
async def test_terms_that_cannot_be_meant_are_refused_by_name(
    counter: Counter, value: dict[str, object], loc: list[str]
) -> None:
    answer = await counter.post("/stores/sh01/policies/test_policy", {"value": value}, "store_manager")
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, loc)


async def test_nobody_sets_terms_that_nothing_is_judged_by(counter: Counter) -> None:
    answer = await counter.post("/stores/sh01/policies/moon_phase", {"value": {}}, "store_manager")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_only_who_acts_for_all_stores_sets_the_group_s_terms(counter: Counter) -> None:
    answer = await counter.post("/policies", {"name": "test_policy", "value": {}}, "group_manager", store="sh01")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
