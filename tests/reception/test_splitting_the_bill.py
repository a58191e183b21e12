"""Several payers of one line, deductibles, switched payers, the sheet that is signed."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reception.domain.settlements import tax_within
from shared.money import in_words, split_line
from tests.reception.counter import ON_THE_TABLET, Counter
from tests.reception.test_splitting_between_payers import some_shares
from tests.reception.words import labour, part, shares

in_any_test = settings(max_examples=300, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


@in_any_test
@given(st.integers(0, 10**13), some_shares(), st.integers(0, 10**13))
def test_a_line_with_a_deductible_adds_up_to_the_fen(amount_fen: int, by: dict[str, int], deductible_fen: int) -> None:
    """R8, C5: fixed deductible first, the rest by shares; whoever is named in whichever order pays the same."""
    parts = split_line(amount_fen, by, deductible_fen)
    assert sum(parts.values()) == amount_fen
    assert parts == split_line(amount_fen, dict(reversed(by.items())), deductible_fen)
    own = min(amount_fen, deductible_fen)
    rest = amount_fen - own
    for payer, share in by.items():
        exact = rest * share + (own * 10_000 if payer == "customer" else 0)
        assert abs(parts[payer] * 10_000 - exact) < 10_000


@pytest.mark.parametrize(
    ("amount_fen", "words"),
    [
        (0, "零元整"), (1, "壹分"), (10, "壹角"), (101, "壹元零壹分"), (110, "壹元壹角"), (10_100, "壹佰零壹元整"),
        (1_000_001, "壹万元零壹分"), (6_950_000, "陆万玖仟伍佰元整"), (1_001_000, "壹万零壹拾元整"), (10**10, "壹亿元整"),
        (123_456_789, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"), (-6_950, "负陆拾玖元伍角"),
    ],
)  # fmt: skip
def test_amounts_are_written_in_words(amount_fen: int, words: str) -> None:
    """R8: 人民币大写 for printed forms."""
    assert in_words(amount_fen) == words


@in_any_test
@given(st.integers(0, 10**12), st.sampled_from([0, 600, 1_300]))
def test_tax_within_an_amount_is_the_nearest_fen(amount_fen: int, tax_bp: int) -> None:
    tax = tax_within(amount_fen, tax_bp)
    assert abs(tax * (10_000 + tax_bp) - amount_fen * tax_bp) * 2 <= 10_000 + tax_bp


async def test_an_insured_repair_with_a_deductible_and_a_shared_line(counter: Counter) -> None:
    """R8: the preview tells before the bill what the bill says then; the customer signs exactly that."""
    halves = shares({"customer": 5_000, "warranty": 5_000})
    order = await counter.a_finished_order(
        labour("door", payer="insurance", unit_price_fen=125_000, deductible_fen=30_000, concern_code="dent"),
        labour("brakes", payers=halves, unit_price_fen=125_001),
        symptoms=[{"concern_code": "dent"}, {"concern_code": "squeak"}],
    )
    path = f"/repair-orders/{order['id']}/settlement"
    before = (await counter.get(path)).json()
    owed = {item["payer"]: item["amount_fen"] for item in before["sheet"]["payers"]}
    assert owed == {"insurance": 70_000, "customer": 30_000 + 50_001, "warranty": 50_000}
    assert (before["settled"], before["sheet"]["total_fen"], before["sheet"]["total_in_words"]) == (
        False,
        200_001,
        "贰仟元零壹分",
    )
    assert [(request["concern_code"], request["answered"]) for request in before["sheet"]["requests"]] == [
        ("dent", True), ("squeak", False),
    ]  # fmt: skip
    bill = await counter.a_signed_bill(order)
    assert {invoice["payer"]: invoice["amount_fen"] for invoice in bill["items"]} == owed
    [_, signature] = (await counter.get(f"/repair-orders/{order['id']}/signatures")).json()["items"]
    assert (signature["document"], signature["content"], signature["intact"]) == ("settlement", bill["sheet"], True)
    [told] = await counter.said("work_authorised", order["id"])
    assert [line["deductible_fen"] for line in told["lines"]] == [30_000, 0]


async def test_payers_are_switched_until_the_bill_is_made(counter: Counter) -> None:
    """C5: at the new payer's price, with history, and told to who claims from the maker; then only by credit note."""
    order = await counter.a_finished_order(labour("recall"), part("recall"))
    line = order["lines"][0]["id"]
    path = f"/repair-orders/{order['id']}/lines/{line}/payers"
    body = {"payers": shares({"warranty": 10_000}), "unit_price_fen": 20_000, "reason_code": "under_warranty"}
    switched = await counter.made(path, body, version=order["etag"])
    owed = {item["payer"]: item["amount_fen"] for item in switched["sheet"]["payers"]}
    assert owed == {"warranty": 16_000, "customer": 45_500}
    first, second = await counter.said("work_authorised", order["id"])
    assert [share["payer"] for share in second["lines"][0]["payers"]] == ["warranty"] != first["lines"][0]["payers"]
    [change] = (await counter.get(f"/repair-orders/{order['id']}")).json()["payer_changes"]
    assert (change["old"]["amount_fen"], change["new"]["amount_fen"], change["reason_code"]) == (
        24_000,
        16_000,
        "under_warranty",
    )

    wrong = await counter.post(path, body | {"payers": shares({"warranty": 9_999})}, version=switched["etag"])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "payer_shares_wrong")
    bill = await counter.made(f"/repair-orders/{order['id']}/settlement", version=switched["etag"])
    late = await counter.post(path, body, version=bill["etag"])
    assert (late.status_code, late.json()["code"]) == (409, "already_settled")


@pytest.mark.parametrize(
    ("payers", "code"),
    [
        ([], "line_without_payer"),
        (shares({"customer": 9_999}), "payer_shares_wrong"),
        ([*shares({"customer": 5_000}), *shares({"customer": 5_000})], "payer_repeated"),
        (shares({"customer": 10_000, "internal": 0}), "invalid_request"),
    ],
)
async def test_payers_that_cannot_be_meant_are_refused(counter: Counter, payers: list[dict[str, object]], code: str) -> None:
    order = await counter.a_check_in()
    body = {"lines": [labour("a", payers=payers)]}
    answer = await counter.post(f"/repair-orders/{order['id']}/estimates", body, version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_key_is_not_handed_over_before_the_bill_is_signed(counter: Counter) -> None:
    """R8, R9, C4; the bill is signed once, and where only others pay nobody has to sign."""
    order = await counter.a_finished_order()
    path = f"/repair-orders/{order['id']}"
    early = await counter.post(f"{path}/settlement-signature", ON_THE_TABLET, version=order["etag"])
    assert (early.status_code, early.json()["code"]) == (409, "not_settled")
    bill = await counter.made(f"{path}/settlement", version=order["etag"])
    answer = await counter.post(f"{path}/delivery", {}, version=bill["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "settlement_not_signed")
    signed = await counter.made(f"{path}/settlement-signature", ON_THE_TABLET, version=bill["etag"])
    again = await counter.post(f"{path}/settlement-signature", ON_THE_TABLET, version=signed["etag"])
    assert (again.status_code, again.json()["code"]) == (409, "settlement_signed")


async def test_a_delegate_is_named_shows_a_document_and_signs(counter: Counter) -> None:
    """R9: and the customer is told when to come again."""
    order = await counter.a_finished_order(labour("brakes", payer="internal"))
    bill = await counter.made(f"/repair-orders/{order['id']}/settlement", version=order["etag"])
    path = f"/repair-orders/{order['id']}/delivery"
    body: dict[str, object] = {"relation": "driver"}
    steps: list[tuple[str, dict[str, object]]] = [
        ("delegate_not_named", {"handed_to": "李强"}),
        ("identity_not_seen", {"identity_document": "身份证", "identity_tail": "021X"}),
        ("pickup_not_signed", {"signature": ON_THE_TABLET}),
    ]
    for code, answer_to_it in steps:
        answer = await counter.post(path, body, version=bill["etag"])
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        body |= answer_to_it
    body |= {"old_parts": "returned", "washed": True, "covers_removed": True, "next_service_km": 50_000}
    gone = await counter.made(path, body, version=bill["etag"])
    assert (gone["handover"]["handed_to"], gone["handover"]["identity_tail"], gone["handover"]["washed"]) == (
        "李强",
        "021X",
        True,
    )
    assert (await counter.get(f"/repair-orders/{order['id']}", "dispatcher")).json()["handover"] is None
    [told] = await counter.said("vehicle_delivered", order["id"])
    assert told["next_service_km"] == 50_000 and date.fromisoformat(told["next_service_on"]) > date(2026, 1, 1)
    signatures = (await counter.get(f"/repair-orders/{order['id']}/signatures")).json()["items"]
    assert [signature["document"] for signature in signatures] == ["walk_around", "pickup"]
