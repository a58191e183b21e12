"""Lines are priced by the house's list, per payer; what lies below it is a discount, what lies above needs a second person."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reception.domain import PriceTerms
from services.reception.domain.lines import WORDING
from services.reception.domain.prices import decisive_payer, discount_between, share_of
from shared.database import new_id
from tests.reception.counter import ON_THE_TABLET, Counter
from tests.reception.prices import a_listed_operation, estimated, granted, listed
from tests.reception.test_deciding_line_by_line import AGREED, proposed, put_off
from tests.reception.test_offering_packages import a_package, whole
from tests.reception.test_telling_what_parts_offers import offered
from tests.reception.words import a_draft, a_labour_line, labour, part, shares

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.mark.parametrize(
    ("payers", "decisive"),
    [
        ({"customer": 10_000}, "customer"),
        ({"customer": 4_000, "insurance": 6_000}, "insurance"),
        ({"warranty": 5_000, "customer": 5_000}, "customer"),
        ({"warranty": 4_000, "insurance": 4_000, "customer": 2_000}, "insurance"),
        ({}, "customer"),
    ],
)
def test_who_pays_most_decides_by_whose_list_a_line_is_priced(payers: dict[str, int], decisive: str) -> None:
    """R5, C5."""
    told = shares(payers)
    assert decisive_payer(told) == decisive_payer(told[::-1]) == decisive


def test_a_payer_s_own_list_goes_before_what_holds_for_all() -> None:
    """R5."""
    terms = PriceTerms.model_validate(
        {"hour_fen_of_payer": {"warranty": {"mechanical": 18_000}}, "parts_share_bp_of_payer": {"insurance": 9_000}}
    )
    assert (terms.hour("mechanical", "warranty"), terms.hour("mechanical", "customer")) == (18_000, 30_000)
    assert (terms.hour("paint", "warranty"), terms.part(45_555, "insurance"), terms.part(45_555, "internal")) == (
        35_000, 41_000, 45_555,
    )  # fmt: skip


@given(st.integers(1, 10**13), st.integers(0, 10_000))
def test_a_discount_is_never_read_as_less_than_it_is(listed_fen: int, discount_bp: int) -> None:
    """R5: nobody passes a limit by rounding."""
    price = share_of(listed_fen, 10_000 - discount_bp)
    read = discount_between(listed_fen, price)
    assert 0 <= price <= listed_fen
    assert (listed_fen - price) * 10_000 <= read * listed_fen < (listed_fen - price) * 10_000 + listed_fen


async def test_an_estimate_may_leave_to_the_lists_what_they_know(counter: Counter) -> None:
    """R5: name, hours of the car's model, price of the trade's hour and tax; the line remembers the list's price."""
    hours = [{"flat_hours_milli": 800}, {"model": "Passat", "flat_hours_milli": 1_200}]
    operation = await a_listed_operation(counter, flat_hours=hours)
    order = await counter.a_check_in()
    answer = await estimated(counter, order, listed(operation), labour("b"))
    [line, unlisted] = answer.json()["lines"]
    assert (line["description"], line["flat_hours_milli"], line["unit_price_fen"], line["tax_bp"], line["amount_fen"]) == (
        "更换前刹车片", 1_200, 30_000, 1_300, 36_000,
    )  # fmt: skip
    assert (line["list_price_fen"], line["discount_bp"]) == (30_000, 0)
    assert (unlisted["unit_price_fen"], unlisted["list_price_fen"], unlisted["discount_bp"]) == (30_000, None, 0)


async def test_a_store_s_list_and_a_payer_s_list_decide_the_price(counter: Counter) -> None:
    """R5: and a newer version does not touch what was priced before."""
    operation = await a_listed_operation(counter)
    order = await counter.a_check_in(store="sh02")
    path = f"/repair-orders/{order['id']}/estimates"
    hours = {"hour_fen": {"mechanical": 26_000}, "hour_fen_of_payer": {"warranty": {"mechanical": 18_000}}}
    await counter.made_policy("prices", hours, store="sh02")
    lines = [listed(operation, "a"), listed(operation, "b", payers=shares({"warranty": 10_000}))]
    estimate = await counter.made(path, {"lines": lines}, version=order["etag"], store="sh02")
    assert [line["unit_price_fen"] for line in estimate["lines"]] == [26_000, 18_000]
    first = estimate["lines"][0]["price_list_id"]
    await counter.made_policy("prices", {"hour_fen": {"mechanical": 27_000}}, store="sh02")
    kept = (await counter.get(f"/repair-orders/{order['id']}/estimate", store="sh02")).json()
    assert [line["unit_price_fen"] for line in kept["lines"]] == [26_000, 18_000]
    estimate = await counter.made(path, {"lines": lines}, version=estimate["etag"], store="sh02")
    assert [line["unit_price_fen"] for line in estimate["lines"]] == [27_000, 27_000]
    assert estimate["lines"][0]["price_list_id"] != first


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"op_code": "NOT-LISTED", "description": "x", "flat_hours_milli": 1}, "price_missing"),
        ({"op_code": "NOT-LISTED", "unit_price_fen": 1, "flat_hours_milli": 1}, "description_missing"),
        ({"op_code": "NOT-LISTED", "unit_price_fen": 1, "description": "x"}, "hours_missing"),
        (
            {"op_code": "NOT-LISTED", "unit_price_fen": 1, "description": "x", "flat_hours_milli": 1, "discount_bp": 1},
            "discount_without_list_price",
        ),
        ({"unit_price_fen": 29_000, "discount_bp": 100}, "price_and_discount"),
        ({"discount_bp": 10_001}, "validation"),
    ],
)
async def test_what_no_list_knows_must_be_said(counter: Counter, fields: dict[str, Any], code: str) -> None:
    """R5: and nothing of the refused estimate is kept."""
    operation = await a_listed_operation(counter)
    order = await counter.a_check_in()
    answer = await estimated(counter, order, listed(operation, "a"), listed(operation, "b") | fields)
    assert answer.status_code == 422
    if code != "validation":
        assert answer.json()["code"] == code
        [error] = answer.json()["errors"]
        assert error["loc"][:3] == ["body", "lines", "1"]
    assert (await counter.get(f"/repair-orders/{order['id']}")).json()["state"] == "draft"


async def test_an_advisor_gives_a_small_discount_alone(counter: Counter) -> None:
    """R5, C16: as a share or as a lower price."""
    operation = await a_listed_operation(counter)
    order = await counter.a_check_in()
    lines = [listed(operation, "a", discount_bp=500), listed(operation, "b", unit_price_fen=28_500)]
    answer = await estimated(counter, order, *lines)
    assert [(line["unit_price_fen"], line["discount_bp"]) for line in answer.json()["lines"]] == [(28_500, 500)] * 2


async def test_a_larger_discount_takes_somebody_who_may_give_as_much(counter: Counter) -> None:
    """R5, C16: granted once, for exactly these lines and prices, by a role whose own limit suffices."""
    operation = await a_listed_operation(counter)
    order = await counter.a_check_in()
    line = listed(operation, discount_bp=3_000)
    refused = (await estimated(counter, order, line)).json()
    assert (refused["code"], refused["parameters"]["limit_bp"], refused["parameters"]["needed_role"]) == (
        "discount_above_limit", 500, "group_manager",
    )  # fmt: skip
    too_little = await granted(counter, refused, "store_manager")
    assert (too_little.status_code, too_little.json()["code"], too_little.json()["parameters"]) == (
        409, "grant_above_limit", {"limit_bp": 2_000, "needed_role": "group_manager"},
    )  # fmt: skip
    approval = (await granted(counter, refused, "group_manager")).json()
    assert approval["state"] == "granted"

    other = await estimated(counter, order, listed(operation, discount_bp=3_001), approval_id=approval["id"])
    assert (other.status_code, other.json()["code"]) == (409, "approval_for_something_else")
    answer = await estimated(counter, order, line, approval_id=approval["id"])
    assert (answer.status_code, answer.json()["lines"][0]["unit_price_fen"]) == (201, 21_000)
    order = order | {"etag": int(answer.headers["etag"].strip('"'))}
    again = await estimated(counter, order, line, approval_id=approval["id"])
    assert (again.status_code, again.json()["code"]) == (409, "approval_not_granted")


async def test_who_asks_for_less_than_the_lines_say_has_no_approval(counter: Counter) -> None:
    """C16: a grant for a harmless figure does not open the door to another one."""
    operation = await a_listed_operation(counter)
    order = await counter.a_check_in()
    line = listed(operation, discount_bp=9_000)
    refused = (await estimated(counter, order, line)).json()
    refused["parameters"]["values"]["discount_bp"] = 100
    approval = (await granted(counter, refused, "store_manager")).json()
    answer = await estimated(counter, order, line, approval_id=approval["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_for_something_else")
    del refused["parameters"]["values"]["discount_bp"]
    silent = await granted(counter, refused, "store_manager")
    assert (silent.status_code, silent.json()["code"]) == (409, "grant_above_limit")


async def test_the_limits_are_the_store_s_own(counter: Counter) -> None:
    """R5."""
    operation = await a_listed_operation(counter)
    order = await counter.a_check_in(store="sh02")
    await counter.made_policy("discounts", {"advisor": 100, "group_manager": 4_000}, store="sh02")
    body = {"lines": [listed(operation, discount_bp=101)]}
    path = f"/repair-orders/{order['id']}/estimates"
    refused = await counter.post(path, body, "advisor", version=order["etag"], store="sh02")
    assert (refused.json()["code"], refused.json()["parameters"]["limit_bp"]) == ("discount_above_limit", 100)
    body = {"lines": [listed(operation, discount_bp=4_001)]}
    refused = await counter.post(path, body, "advisor", version=order["etag"], store="sh02")
    assert refused.json()["parameters"]["needed_role"] is None
    body = {"lines": [listed(operation, discount_bp=4_000)]}
    answer = await counter.post(path, body, "advisor", "group_manager", version=order["etag"], store="sh02")
    assert answer.status_code == 201


async def test_more_than_the_list_says_is_asked_only_with_an_approval(counter: Counter) -> None:
    """R5: the price list is public."""
    operation = await a_listed_operation(counter)
    order = await counter.a_check_in()
    line = listed(operation, unit_price_fen=30_001)
    refused = await estimated(counter, order, line)
    assert (refused.status_code, refused.json()["code"]) == (409, "price_above_list")
    approval = (await granted(counter, refused.json(), "store_manager")).json()
    wrong_kind = await estimated(counter, order, line, approval_id=approval["id"])
    assert wrong_kind.json()["code"] == "price_above_list"
    answer = await estimated(counter, order, line, price_approval_id=approval["id"])
    assert [(told["unit_price_fen"], told["list_price_fen"]) for told in answer.json()["lines"]] == [(30_001, 30_000)]


async def test_what_was_agreed_keeps_list_price_and_discount(counter: Counter) -> None:
    """R5."""
    operation = await a_listed_operation(counter)
    order = await counter.an_authorised_order(listed(operation, discount_bp=300))
    assert [(line["list_price_fen"], line["discount_bp"], line["amount_fen"]) for line in order["lines"]] == [
        (30_000, 300, 23_280),
    ]  # fmt: skip
    [told] = await counter.said("work_authorised", order["id"])
    assert told["lines"][0]["amount_fen"] == 23_280


def test_what_was_agreed_before_there_were_lists_reads_as_it_did() -> None:
    """R5: so that proofs of former releases keep their digest."""
    line = a_labour_line()
    a_draft().propose([line])
    assert line.wording().keys() == set(WORDING)
    line.list_price_fen, line.discount_bp = 30_000, 0
    assert line.wording().keys() == {*WORDING, "list_price_fen"}


async def test_another_payer_pays_by_another_list(counter: Counter) -> None:
    """C5: at the price of who pays most from now on, where the list knows it; a lower one is a discount with its limit."""
    operation = await a_listed_operation(counter)
    await counter.made_policy("discounts", {}, store="sh02")
    await counter.made_policy("prices", {"hour_fen_of_payer": {"warranty": {"mechanical": 20_000}}}, store="sh02")
    order = await counter.an_authorised_order(listed(operation, discount_bp=500), labour("b"), store="sh02")
    line, unlisted = (line["id"] for line in order["lines"])
    body: dict[str, Any] = {"payers": shares({"warranty": 10_000}), "reason_code": "under_warranty"}

    async def switched(line: str, version: int, **fields: Any) -> dict[str, Any]:
        path = f"/repair-orders/{order['id']}/lines/{line}/payers"
        return await counter.made(path, body | fields, version=version, store="sh02")

    sheet = await switched(line, order["etag"], payers=shares({"customer": 9_000, "warranty": 1_000}))
    assert sheet["sheet"]["total_fen"] == 22_800 + 24_000
    sheet = await switched(line, sheet["etag"])
    assert sheet["sheet"]["total_fen"] == 16_000 + 24_000
    sheet = await switched(unlisted, sheet["etag"])
    assert sheet["sheet"]["total_fen"] == 16_000 + 24_000
    path = f"/repair-orders/{order['id']}/lines/{line}/payers"
    refused = await counter.post(path, body | {"unit_price_fen": 10_000}, "advisor", version=sheet["etag"], store="sh02")
    assert (refused.status_code, refused.json()["code"]) == (409, "discount_above_limit")
    approval = (await granted(counter, refused.json(), "group_manager", store="sh02")).json()
    sheet = await switched(line, sheet["etag"], unit_price_fen=10_000, approval_id=approval["id"])
    assert sheet["sheet"]["total_fen"] == 8_000 + 24_000
    [_, *changes] = (await counter.get(f"/repair-orders/{order['id']}", store="sh02")).json()["payer_changes"]
    assert [(change["new"]["list_price_fen"], change["new"]["discount_bp"]) for change in changes] == [
        (20_000, 0), (None, 0), (20_000, 5_000),
    ]  # fmt: skip


async def test_another_payer_of_what_has_no_list_price_pays_as_before(counter: Counter) -> None:
    """C5: a part that parts offers without a price; and hours that were granted are not asked for again."""
    oil, operation = f"OIL-{new_id().hex[-8:]}", await a_listed_operation(counter)
    await counter.hear(offered(oil, 1_000, list_price_fen=None))
    order = await counter.walked_around(await counter.a_check_in())
    lines = [listed(operation, flat_hours_milli=400), part("a", part_no=oil)]
    refused = (await estimated(counter, order, *lines)).json()
    approval = (await granted(counter, refused, "group_manager")).json()
    answer = await estimated(counter, order, *lines, approval_id=approval["id"])
    path, version = f"/repair-orders/{order['id']}", int(answer.headers["etag"].strip('"'))
    order = await counter.made(f"{path}/authorisation", AGREED, version=version)
    body = {"payers": shares({"internal": 10_000}), "reason_code": "goodwill"}
    for line in order["lines"]:
        order = await counter.made(f"{path}/lines/{line['id']}/payers", body, version=order["etag"])
    assert order["sheet"]["total_fen"] == 12_000 + 45_500


async def test_what_the_workshop_found_is_priced_by_the_same_list(counter: Counter) -> None:
    """R5, W4: with the same limits."""
    operation = await a_listed_operation(counter, name_zh="更换制动盘")
    order = await counter.an_authorised_order()
    fact = proposed(order, part_too=False)
    found = [line.model_copy(update={"op_code": operation["op_code"]}) for line in fact.lines]
    fact = fact.model_copy(update={"lines": found})
    await counter.hear(fact)
    path = f"/supplements/{fact.about.subject}/estimate"
    line = {"line_id": str(fact.lines[0].line_id), "payers": shares(None)}
    refused = await counter.post(path, {"lines": [line | {"discount_bp": 501}]}, "advisor", version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "discount_above_limit")
    priced = await counter.made(path, {"lines": [line | {"discount_bp": 500}]}, version=1)
    [told] = priced["estimate"]["lines"]
    assert (told["description"], told["flat_hours_milli"], told["unit_price_fen"], told["discount_bp"]) == (
        "更换制动盘", 500, 28_500, 500,
    )  # fmt: skip


async def test_parts_are_priced_by_what_the_parts_department_asks(counter: Counter) -> None:
    """R5: each payer a share of it; a part without a price is priced by the advisor."""
    pads, oil = f"PAD-{new_id().hex[-8:]}", f"OIL-{new_id().hex[-8:]}"
    await counter.hear(
        offered(pads, 1_000, store="sh02"), offered(oil, 1_000, store="sh02", list_price_fen=None, name_zh="机油")
    )
    await counter.made_policy("prices", {"parts_share_bp_of_payer": {"insurance": 9_000}}, store="sh02")
    await counter.made_policy("discounts", {}, store="sh02")
    order = await counter.a_check_in(store="sh02")
    path = f"/repair-orders/{order['id']}/estimates"
    bare = {"kind": "part", "labour_line_ref": "a", "quantity_milli": 2_000, "part_no": pads, "payers": shares(None)}
    unpriced = await counter.post(path, {"lines": [labour("a"), bare | {"part_no": oil}]}, version=order["etag"], store="sh02")
    assert (unpriced.status_code, unpriced.json()["code"]) == (422, "price_missing")
    lines = [
        labour("a"), bare, bare | {"payers": shares({"insurance": 10_000})}, bare | {"discount_bp": 400},
        bare | {"part_no": oil, "unit_price_fen": 7_000}, part("a", part_no="NEVER-HEARD-OF"),
    ]  # fmt: skip
    estimate = await counter.made(path, {"lines": lines}, version=order["etag"], store="sh02")
    assert [(line["description"], line["unit_price_fen"], line["list_price_fen"]) for line in estimate["lines"][1:]] == [
        ("前刹车片", 45_500, 45_500), ("前刹车片", 40_950, 40_950), ("前刹车片", 43_680, 45_500), ("机油", 7_000, None),
        ("Front brake pads", 45_500, None),
    ]  # fmt: skip


async def test_fewer_hours_than_the_catalogue_s_are_a_discount_and_more_a_higher_price(counter: Counter) -> None:
    """R5, C16: no limit is passed by way of the hours."""
    operation = await a_listed_operation(counter)
    order = await counter.a_check_in()
    fewer = await estimated(counter, order, listed(operation, flat_hours_milli=600))
    assert (fewer.status_code, fewer.json()["code"], fewer.json()["parameters"]["values"]["discount_bp"]) == (
        409, "discount_above_limit", 2_500,
    )  # fmt: skip
    more = await estimated(counter, order, listed(operation, flat_hours_milli=801))
    assert (more.status_code, more.json()["code"]) == (409, "price_above_list")
    slightly = await estimated(counter, order, listed(operation, flat_hours_milli=760))
    assert (slightly.status_code, slightly.json()["lines"][0]["list_hours_milli"]) == (201, 800)


async def test_who_declines_what_keeps_the_car_safe_signs_for_it(counter: Counter) -> None:
    """R5: as the catalogue says, whatever grade the advisor gives it."""
    brakes = await a_listed_operation(counter, safety_critical=True)
    order = await counter.walked_around(await counter.a_check_in())
    answer = await estimated(counter, order, listed(brakes), labour("b"))
    decisions = [{"line_id": answer.json()["lines"][0]["id"], "decision": "declined", "severity": "advice"}]
    path, version = f"/repair-orders/{order['id']}/authorisation", int(answer.headers["etag"].strip('"'))
    refused = await counter.post(path, AGREED | {"decisions": decisions}, version=version)
    assert (refused.status_code, refused.json()["code"]) == (409, "waiver_missing")
    decisions[0]["waiver"] = ON_THE_TABLET
    agreed = await counter.made(path, AGREED | {"decisions": decisions}, version=version)
    assert {decision["severity"] for decision in agreed["decisions"] if decision["decision"] == "declined"} == {"safety"}


async def test_a_line_that_comes_back_costs_what_was_agreed(counter: Counter) -> None:
    """C5: the discount and the package's price are the customer's again when the maker does not pay after all."""
    operation = await a_listed_operation(counter)
    package = await a_package(counter, store="sh02", price_fen=30_001)
    await counter.made_policy("discounts", {}, store="sh02")
    await counter.made_policy("prices", {"hour_fen_of_payer": {"warranty": {"mechanical": 20_000}}}, store="sh02")
    order = await counter.an_authorised_order(
        listed(operation, discount_bp=500), whole(package), labour("b"), store="sh02", promised_at="2099-01-01T00:00:00Z"
    )
    path, agreed, version = f"/repair-orders/{order['id']}", order["lines"], order["etag"]
    for payers, asked in ((shares({"warranty": 10_000}), {"unit_price_fen": 25_000}), (shares(None), {})):
        for line in agreed:
            own = asked if line["op_code"] == agreed[-1]["op_code"] else {}
            body = {"payers": payers, "reason_code": "claim_rejected"} | own
            sheet = await counter.made(f"{path}/lines/{line['id']}/payers", body, version=version, store="sh02")
            version = sheet["etag"]
    now = (await counter.get(path, store="sh02")).json()
    names = ("amount_fen", "unit_price_fen", "list_price_fen", "discount_bp")
    assert [[line[name] for name in names] for line in now["lines"]] == [[line[name] for name in names] for line in agreed]
    assert now["total_fen"] == 22_800 + 30_001 + 24_000


async def test_what_keeps_the_car_safe_is_so_whoever_found_it(counter: Counter) -> None:
    """R5, W4: the catalogue's word goes before a milder grade of the workshop's; and it is remembered so when the car goes."""
    brakes = await a_listed_operation(counter, safety_critical=True)
    order = await counter.an_authorised_order()
    fact = proposed(order, part_too=False, severity="advice")
    found = [line.model_copy(update={"op_code": brakes["op_code"]}) for line in fact.lines]
    fact = fact.model_copy(update={"lines": found})
    await counter.hear(fact)
    path, line_id = f"/supplements/{fact.about.subject}", str(fact.lines[0].line_id)
    priced = await counter.made(f"{path}/estimate", {"lines": [{"line_id": line_id, "payers": shares(None)}]}, version=1)
    no = {"line_id": line_id, "decision": "declined"}
    refused = await counter.post(f"{path}/decision", AGREED | {"decisions": [no]}, version=priced["etag"])
    assert (refused.status_code, refused.json()["code"]) == (409, "waiver_missing")

    other = await counter.a_check_in()
    answer = await estimated(counter, other, listed(brakes))
    version = int(answer.headers["etag"].strip('"'))
    await counter.made(f"/repair-orders/{other['id']}/cancellation", {"reason_code": "too_dear"}, version=version)
    [item] = await put_off(counter, other["vehicle_id"])
    assert (item["code"], item["severity"]) == (brakes["op_code"], "safety")


async def test_who_agreed_to_a_price_pays_no_other_one_on_one_person_s_word(counter: Counter) -> None:
    """C5, C16: a changed share of a line is no way to another price of it, whether or not a list knows it."""
    operation = await a_listed_operation(counter)
    order = await counter.an_authorised_order(listed(operation, discount_bp=500), labour("b"))
    known, unknown = (f"/repair-orders/{order['id']}/lines/{line['id']}/payers" for line in order["lines"])
    body: dict[str, Any] = {"payers": shares(None), "reason_code": "typo"}
    for path, price_fen, code, kind in (
        (known, 29_000, "price_above_agreed", "price"),
        (unknown, 30_001, "price_above_agreed", "price"),
        (unknown, 27_000, "discount_above_limit", "discount"),
    ):
        refused = await counter.post(path, body | {"unit_price_fen": price_fen}, "advisor", version=order["etag"])
        assert (refused.status_code, refused.json()["code"]) == (409, code), (price_fen, refused.text)
        assert refused.json()["parameters"]["kind"] == kind
    assert (refused.json()["parameters"]["values"]["discount_bp"], refused.json()["parameters"]["limit_bp"]) == (1_000, 500)
    approval = (await granted(counter, refused.json(), "group_manager")).json()
    asked = body | {"unit_price_fen": 27_000, "approval_id": approval["id"]}
    sheet = await counter.made(unknown, asked, version=order["etag"])
    assert sheet["sheet"]["total_fen"] == 22_800 + 21_600
    a_little = await counter.made(unknown, body | {"unit_price_fen": 28_500}, version=sheet["etag"])
    maker = body | {"payers": shares({"warranty": 10_000}), "unit_price_fen": 20_000}
    assert (await counter.made(unknown, maker, version=a_little["etag"]))["sheet"]["total_fen"] == 22_800 + 16_000
