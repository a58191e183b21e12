"""The walk-around: what was seen and tried in the customer's presence, signed as it was shown, and what is disputed."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reception.domain.authorisations import digest_of
from tests.databases import as_role
from tests.reception.counter import Counter, Told
from tests.reception.words import MARK, SIGNED, a_walk_around, checks, labour
from tests.stack import Stack

AGREED = {"channel": "in_person", "evidence": "sheet 4711", "authorised_by": "王芳"}
CUSTOMERS_WORDS = "右前门的划痕不是我的"


async def walked(counter: Counter, order: Told, **fields: Any) -> Told:
    return await counter.made(f"/repair-orders/{order['id']}/walk-around", a_walk_around(**fields), version=order["etag"])


async def refused(counter: Counter, order: Told, **fields: Any) -> Told:
    answer = await counter.post(f"/repair-orders/{order['id']}/walk-around", a_walk_around(**fields), version=order["etag"])
    assert answer.status_code in (409, 422), answer.text
    return dict(answer.json())


async def test_the_customer_signs_exactly_what_was_seen(counter: Counter) -> None:
    """R4: damage, functions, fuel, belongings, reminder, covers, photos; signed."""
    order = await counter.a_check_in()
    damage = await counter.a_photo(order, panel="right_front_door")
    cluster = await counter.a_photo(order, kind="odometer")
    result = checks(wipers="not_ok", audio="not_checked")
    told = await walked(
        counter, order, checks=result, damage_marks=[MARK], photo_ids=[damage["id"]], odometer_photo_id=cluster["id"]
    )
    [sheet] = told["sheets"]
    assert (sheet["seq"], sheet["signed"], sheet["intact"], sheet["failed_checks"]) == (1, True, True, ["wipers"])
    assert (sheet["belongings"], sheet["valuables_reminded"], sheet["covers_fitted"]) == (["雨伞"], True, True)
    assert [(photo["id"], photo["sha256"]) for photo in sheet["photos"]] == [
        (damage["id"], damage["sha256"]), (cluster["id"], cluster["sha256"]),
    ]  # fmt: skip

    signatures = (await counter.get(f"/repair-orders/{order['id']}/signatures")).json()
    [signature] = signatures["items"]
    assert (signature["document"], signature["signer"], signatures["unbroken"]) == ("walk_around", "王芳", True)
    assert signature["sha256"] == sheet["sha256"] == digest_of(signature["content"])
    assert signature["content"]["damage_marks"] == [MARK]
    assert signature["content"]["photos"][0]["sha256"] == damage["sha256"]
    assert (signature["content"]["odometer_km"], signature["content"]["seq"]) == (42_000, 1)

    [fact] = await counter.said("inspection_completed", order["id"])
    assert (fact["damage_marks"], fact["photos"], fact["failed_checks"]) == (1, 2, ["wipers"])
    assert (fact["signed"], fact["signed_sha256"]) == (True, sheet["sha256"])
    assert "雨伞" not in str(fact)
    assert (await counter.get(f"/repair-orders/{order['id']}")).json()["walk_around_no"] == 1


async def test_nobody_agrees_to_work_on_a_car_that_was_not_walked_around(counter: Counter) -> None:
    """R4, C2: the store's policy may say otherwise; on the road the work does not wait for it."""
    order = await counter.a_check_in()
    path = f"/repair-orders/{order['id']}"
    estimate = await counter.made(f"{path}/estimates", {"lines": [labour("brakes")]}, version=order["etag"])
    answer = await counter.post(f"{path}/authorisation", AGREED, version=estimate["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "walk_around_missing")
    seen = await counter.walked_around(order | estimate | {"id": order["id"]})
    assert (await counter.made(f"{path}/authorisation", AGREED, version=seen["etag"]))["state"] == "authorised"

    order = await counter.a_check_in(store="hz01")
    await counter.made_policy("walk_around", {"before_agreement": False}, store="hz01")
    path, body = f"/repair-orders/{order['id']}", {"lines": [labour("brakes")]}
    estimate = await counter.made(f"{path}/estimates", body, version=order["etag"], store="hz01")
    agreed = await counter.made(f"{path}/authorisation", AGREED, version=estimate["etag"], store="hz01")
    await counter.made_policy("walk_around", {}, store="hz01")
    assert (agreed["state"], agreed["walk_around_no"]) == ("authorised", 0)


async def test_a_corrected_sheet_is_signed_anew_and_the_older_stays(counter: Counter) -> None:
    """R4."""
    order = await counter.a_check_in()
    first = await walked(counter, order)
    second = await walked(counter, order | first, damage_marks=[MARK], signature=SIGNED | {"strokes": "M 2 2 L 3 3"})
    assert [(sheet["seq"], len(sheet["damage_marks"])) for sheet in second["sheets"]] == [(2, 1), (1, 0)]
    assert second["sheets"][1] == first["sheets"][0]
    signatures = (await counter.get(f"/repair-orders/{order['id']}/signatures")).json()
    assert ([one["seq"] for one in signatures["items"]], signatures["unbroken"]) == ([1, 2], True)
    assert len(await counter.said("inspection_completed", order["id"])) == 2


async def test_a_car_whose_customer_is_not_there_is_looked_over_without_a_signature(counter: Counter) -> None:
    order = await counter.a_check_in()
    told = await walked(counter, order, signature=None, customer_absent="夜间钥匙箱")
    assert [(sheet["signed"], sheet["customer_absent"]) for sheet in told["sheets"]] == [(False, "夜间钥匙箱")]
    [fact] = await counter.said("inspection_completed", order["id"])
    assert (fact["signed"], fact["signed_sha256"]) == (False, None)
    assert (await counter.get(f"/repair-orders/{order['id']}/signatures")).json()["items"] == []


async def test_nobody_signs_before_being_reminded_of_valuables(counter: Counter) -> None:
    """R4."""
    order = await counter.a_check_in()
    assert (await refused(counter, order, valuables_reminded=False))["code"] == "valuables_not_reminded"
    assert (await counter.get(f"/repair-orders/{order['id']}/walk-around")).json()["sheets"] == []
    assert (await counter.get(f"/repair-orders/{order['id']}/signatures")).json()["items"] == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"checks": checks()[1:]}, "check_missing"),
        ({"checks": [*checks(), {"code": "ejection_seat", "result": "ok"}]}, "check_unknown"),
        ({"checks": [*checks(), {"code": "horn", "result": "ok"}]}, "check_repeated"),
        ({"photo_ids": [str(uuid4())]}, "photo_unknown"),
        ({"odometer_photo_id": str(uuid4())}, "photo_unknown"),
        ({"signature": None}, "invalid_request"),
        ({"customer_absent": "asleep"}, "invalid_request"),
        ({"signature": {"signer": "王芳"}}, "invalid_request"),
        ({"fuel_bp": 10_001}, "invalid_request"),
        ({"covers_fitted": "yes"}, "invalid_request"),
    ],
)
async def test_a_sheet_that_is_not_whole_is_refused(counter: Counter, wrong: dict[str, Any], code: str) -> None:
    order = await counter.a_check_in()
    assert (await refused(counter, order, **wrong))["code"] == code


async def test_another_order_s_photo_is_no_photo_of_this_one(counter: Counter) -> None:
    order, other = await counter.a_check_in(), await counter.a_check_in()
    photo = await counter.a_photo(other)
    assert (await refused(counter, order, photo_ids=[photo["id"]]))["code"] == "photo_unknown"


async def test_after_the_customer_has_agreed_the_sheet_stays_as_it_was(counter: Counter) -> None:
    order = await counter.an_authorised_order()
    assert (await refused(counter, order))["code"] == "already_authorised"


async def test_a_store_tries_what_its_policy_lists(counter: Counter) -> None:
    """All values are defaults of a per-store policy, changeable without a release (mission)."""
    only = {"value": {"checks": ["horn", "charging_port"]}}
    assert (await counter.post("/stores/sh02/policies/walk_around", only, "store_manager", store="sh02")).status_code == 201
    order = await counter.a_check_in(store="sh02")
    sheet = a_walk_around(checks=[{"code": code, "result": "ok"} for code in ("charging_port", "horn")])
    told = await counter.made(f"/repair-orders/{order['id']}/walk-around", sheet, version=order["etag"], store="sh02")
    assert len(told["sheets"][0]["checks"]) == 2


async def test_what_the_customer_disputes_stands_with_the_sheet_until_the_car_leaves(counter: Counter, stack: Stack) -> None:
    """R4; domain C2: nobody can change it, not even the service itself."""
    order = await counter.a_finished_order()
    path = f"/repair-orders/{order['id']}"
    note = {"words": CUSTOMERS_WORDS, "panel": "right_front_door"}
    told = await counter.made(f"{path}/dispute-notes", note, version=order["etag"])
    assert [(one["words"], one["panel"]) for one in told["dispute_notes"]] == [(CUSTOMERS_WORDS, "right_front_door")]
    told = await counter.made(f"{path}/dispute-notes", {"words": "还有一处"}, version=told["etag"])
    assert [one["words"] for one in told["dispute_notes"]] == [CUSTOMERS_WORDS, "还有一处"]
    masked = await counter.get(f"{path}/walk-around", "dispatcher")
    assert [one["words"] for one in masked.json()["dispute_notes"]] == [None, None]
    assert CUSTOMERS_WORDS not in masked.text

    async with as_role("reception", "reception", stack.settings, **{"app.stores": "*"}) as service:
        for table in ("dispute_notes", "walk_arounds", "photos", "timeline_entries"):
            for statement in (f"UPDATE {table} SET ro_id = ro_id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
                with pytest.raises(Exception, match="permission denied"):
                    await service.execute(statement)

    await counter.delivered(order | {"etag": told["etag"]})
    late = (await counter.get(path)).json()["version"]
    answer = await counter.post(f"{path}/dispute-notes", {"words": "太晚了"}, version=late)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_delivered")


async def test_belongings_are_for_who_works_with_persons(counter: Counter) -> None:
    order = await counter.a_check_in()
    await walked(counter, order)
    masked = await counter.get(f"/repair-orders/{order['id']}/walk-around", "dispatcher")
    assert (masked.json()["sheets"][0]["belongings"], "雨伞" in masked.text) == (None, False)
    assert masked.json()["sheets"][0]["intact"]


async def test_of_two_who_sign_at_once_one_is_told_to_look_again(counter: Counter) -> None:
    order = await counter.a_check_in()
    path = f"/repair-orders/{order['id']}/walk-around"
    answers = await asyncio.gather(*(counter.post(path, a_walk_around(), version=order["etag"]) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412, 412]
    assert [sheet["seq"] for sheet in (await counter.get(path)).json()["sheets"]] == [1]


async def test_a_sheet_that_somebody_changed_behind_our_back_shows(counter: Counter, stack: Stack) -> None:
    """Reliability 5.3: any later change is found."""
    order = await counter.a_check_in()
    await walked(counter, order)
    async with as_role("reception_owner", "reception", stack.settings, **{"app.stores": "*"}) as owner:
        await owner.execute(
            "UPDATE walk_arounds SET content = jsonb_set(content, '{fuel_bp}', '9999') WHERE ro_id = $1", UUID(order["id"])
        )
    [sheet] = (await counter.get(f"/repair-orders/{order['id']}/walk-around")).json()["sheets"]
    assert not sheet["intact"]
