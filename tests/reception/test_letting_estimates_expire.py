"""The house stands by a price for some days; every version of it is kept."""

from datetime import timedelta

import pytest

from services.reception.domain.estimates import EstimateTerms
from shared import clock
from shared.refusal import Refused
from tests.reception.counter import Counter
from tests.reception.test_deciding_line_by_line import AGREED, a_priced_supplement, price
from tests.reception.words import NOON, a_draft, a_labour_line, labour

pytestmark = pytest.mark.usefixtures("at_noon")


def test_an_estimate_holds_to_the_last_moment_of_its_days() -> None:
    """R5."""
    estimate = a_draft().propose([a_labour_line()])
    estimate.refuse_expired()
    estimate.stand(EstimateTerms(valid_days=2))
    with clock.stopped(NOON + timedelta(days=2)):
        estimate.refuse_expired()
    with clock.stopped(NOON + timedelta(days=2, seconds=1)), pytest.raises(Refused) as refused:
        estimate.refuse_expired()
    assert refused.value.parameters == {"valid_until": "2026-11-23T04:00:00+00:00"}


async def test_nobody_agrees_to_an_old_price_but_to_a_new_version(counter: Counter) -> None:
    """R5: a week where the store says nothing else; all versions are listed, newest first."""
    order = await counter.walked_around(await counter.a_check_in())
    path = f"/repair-orders/{order['id']}"
    estimate = await counter.made(f"{path}/estimates", {"lines": [labour("a")]}, version=order["etag"])
    assert (estimate["valid_until"], estimate["expired"]) == ("2026-11-28T04:00:00Z", False)
    [told] = await counter.said("estimate_issued", estimate["id"])
    assert told["valid_until"] == "2026-11-28T04:00:00Z"
    with clock.stopped(NOON + timedelta(days=7, seconds=1)):
        refused = await counter.post(f"{path}/authorisation", AGREED, version=estimate["etag"])
        assert (refused.status_code, refused.json()["code"]) == (409, "estimate_expired")
        assert (await counter.get(f"{path}/estimate")).json()["expired"] is True
        dearer = {"lines": [labour("a", unit_price_fen=31_000)]}
        estimate = await counter.made(f"{path}/estimates", dearer, version=estimate["etag"])
        authorised = await counter.made(f"{path}/authorisation", AGREED, version=estimate["etag"])
    assert authorised["total_fen"] == 24_800
    versions = (await counter.get(f"{path}/estimates")).json()["items"]
    assert [(version["number"], version["total_fen"]) for version in versions] == [(2, 24_800), (1, 24_000)]
    first = (await counter.get(f"{path}/estimates", limit="1")).json()
    second = (await counter.get(f"{path}/estimates", limit="1", cursor=first["next"])).json()
    assert [page["items"][0]["number"] for page in (first, second)] == [2, 1]
    assert (await counter.get(f"{path}/estimates", store="sh02")).status_code == 404


async def test_the_store_says_how_long_it_stands_by_a_price(counter: Counter) -> None:
    """R5: for what the workshop found, too."""
    await counter.made_policy("estimates", {"valid_days": 1}, store="sh02")
    order = await counter.an_authorised_order(store="sh02")
    [version] = (await counter.get(f"/repair-orders/{order['id']}/estimates", store="sh02")).json()["items"]
    assert version["valid_until"] == "2026-11-22T04:00:00Z"

    order = await counter.an_authorised_order()
    fact, priced = await a_priced_supplement(counter, order)
    assert priced["estimate"]["supplement_id"] == str(fact.about.subject)
    with clock.stopped(NOON + timedelta(days=8)):
        path = f"/supplements/{fact.about.subject}/decision"
        late = await counter.post(path, AGREED, version=priced["etag"])
        assert (late.status_code, late.json()["code"]) == (409, "estimate_expired")


async def test_what_the_workshop_found_is_priced_anew(counter: Counter) -> None:
    """R5, C6: when the price is too old, or the customer finds it too high; the newest price is what counts."""
    order = await counter.an_authorised_order()
    fact, priced = await a_priced_supplement(counter, order)
    path = f"/supplements/{fact.about.subject}"
    cheaper = await counter.made(f"{path}/estimate", price(fact, 9_000), version=priced["etag"])
    assert (cheaper["state"], cheaper["estimate"]["number"], cheaper["estimate"]["total_fen"]) == ("priced", 3, 22_500)
    with clock.stopped(NOON + timedelta(days=8)):
        late = await counter.post(f"{path}/decision", AGREED, version=cheaper["etag"])
        assert late.json()["code"] == "estimate_expired"
        anew = await counter.made(f"{path}/estimate", price(fact, 11_000), version=cheaper["etag"])
        decided = await counter.made(f"{path}/decision", AGREED, version=anew["etag"])
    assert (decided["state"], decided["estimate"]["total_fen"]) == ("decided", 27_500)
    whole = (await counter.get(f"/repair-orders/{order['id']}")).json()
    assert whole["total_fen"] == order["total_fen"] + 27_500
    closed = await counter.post(f"{path}/estimate", price(fact), version=decided["etag"])
    assert (closed.status_code, closed.json()["code"]) == (409, "illegal_transition")


async def test_who_wants_nothing_of_it_may_say_so_at_any_time(counter: Counter) -> None:
    """R5, C6: no price is agreed to, so that none can be too old."""
    order = await counter.an_authorised_order()
    fact, priced = await a_priced_supplement(counter, order)
    no = [{"line_id": str(fact.lines[0].line_id), "decision": "declined", "reason_code": "too_dear"}]
    with clock.stopped(NOON + timedelta(days=8)):
        decided = await counter.made(
            f"/supplements/{fact.about.subject}/decision", AGREED | {"decisions": no}, version=priced["etag"]
        )
    assert decided["state"] == "decided"
