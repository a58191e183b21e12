"""The inquiry sheet: the customer's own words and structured symptoms, read back, completed, and then left as they were."""

from typing import Any

import pytest

from tests.databases import as_role
from tests.reception.counter import Counter
from tests.reception.words import an_inquiry
from tests.stack import Stack


async def test_a_quick_first_record_is_completed_later_and_every_version_stays(counter: Counter) -> None:
    """R2, R3."""
    order = await counter.a_check_in(warning_lamps=["brake"], key_tag="K17")
    path = f"/repair-orders/{order['id']}"
    assert (order["read_back"], order["inquiry_no"], order["key_tag"]) == (False, 1, "K17")

    inquiry = await counter.made(f"{path}/inquiry", an_inquiry(), version=order["etag"])
    assert [one["seq"] for one in inquiry["items"]] == [2, 1]
    newest, first = inquiry["items"]
    assert (first["words"], first["read_back"], first["warning_lamps"]) == ("刹车有异响", False, ["brake"])
    assert (newest["words"], newest["read_back"], newest["wishes"]) == ("冷车时前轮刹车有尖叫声", True, ["旧件带走"])
    told = newest["symptoms"][0]
    assert (told["occurs"], told["frequency"], told["speed_to_kmh"]) == (["cold_start", "braking"], "often", 60)

    read = (await counter.get(path)).json()
    assert (read["words"], read["read_back"], read["warning_lamps"], read["version"]) == (
        "冷车时前轮刹车有尖叫声", True, ["brake", "abs"], inquiry["etag"],
    )  # fmt: skip


async def test_what_was_not_read_back_is_not_complete(counter: Counter) -> None:
    """R3."""
    order = await counter.a_check_in()
    answer = await counter.post(f"/repair-orders/{order['id']}/inquiry", an_inquiry(read_back=False), version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "not_read_back")
    assert answer.json()["errors"][0]["loc"] == ["body", "read_back"]


async def test_nobody_changes_the_request_after_the_customer_has_agreed(counter: Counter) -> None:
    """R3: what was agreed to answers what was asked then."""
    order = await counter.an_authorised_order()
    path = f"/repair-orders/{order['id']}"
    answer = await counter.post(f"{path}/inquiry", an_inquiry(), version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "already_authorised")
    assert [one["words"] for one in (await counter.get(f"{path}/inquiry")).json()["items"]] == ["刹车有异响"]


async def test_the_words_are_for_who_works_with_persons(counter: Counter) -> None:
    """R7: the dispatcher sees the symptoms."""
    order = await counter.a_check_in()
    path = f"/repair-orders/{order['id']}/inquiry"
    await counter.made(path, an_inquiry(), version=order["etag"])
    masked = await counter.get(path, "dispatcher")
    assert [(one["words"], one["wishes"]) for one in masked.json()["items"]] == [(None, None)] * 2
    assert masked.json()["items"][0]["symptoms"][0]["concern_code"] == "BRK-NOISE"
    assert "尖叫" not in masked.text and "旧件" not in masked.text


@pytest.mark.parametrize(
    ("wrong", "loc"),
    [
        ({"words": " "}, ["body", "words"]),
        ({"warning_lamps": ["disco"]}, ["body", "warning_lamps", 0]),
        ({"symptoms": [{"concern_code": "X", "occurs": ["at night"]}]}, ["body", "symptoms", 0, "occurs", 0]),
        ({"symptoms": [{"concern_code": "X", "speed_from_kmh": 301}]}, ["body", "symptoms", 0, "speed_from_kmh"]),
        ({"symptoms": [{"concern_code": "X", "outside_from_celsius": 20.5}]}, ["body", "symptoms", 0, "outside_from_celsius"]),
        ({"read_back": "yes"}, ["body", "read_back"]),
        ({"state": "delivered"}, ["body", "state"]),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_name(counter: Counter, wrong: dict[str, Any], loc: list[Any]) -> None:
    order = await counter.a_check_in()
    answer = await counter.post(f"/repair-orders/{order['id']}/inquiry", an_inquiry(**wrong), version=order["etag"])
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, loc)


async def test_the_database_keeps_every_version_as_it_was(counter: Counter, stack: Stack) -> None:
    await counter.a_check_in()
    async with as_role("reception", "reception", stack.settings, **{"app.stores": "*"}) as service:
        for statement in ("UPDATE inquiries SET words = 'x'", "DELETE FROM inquiries", "TRUNCATE inquiries"):
            with pytest.raises(Exception, match="permission denied"):
                await service.execute(statement)
