"""Sublet work (外加工) from the order to the check of what the firm did (W1, W5)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from services.workshop.domain import Base
from services.workshop.inbox import HEARS
from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from shared.events.reception import AuthorisedService
from tests.callers import called_by, once
from tests.convergence import every_order_leads_to_one_state
from tests.workshop.shop import Headers, Shop
from tests.workshop.words import (
    BY_THE_CLOCK,
    NOON,
    STORE,
    a_cancellation,
    a_delivery,
    a_labour_line,
    a_lending,
    a_sublet_line,
    a_taking_back,
    authorised_work,
)


@dataclass(frozen=True)
class Firm:
    """One line of sublet work, as the shop deals with it."""

    shop: Shop
    id: UUID
    ro: UUID
    line: AuthorisedService

    @classmethod
    async def ordered(cls, shop: Shop, *jobs: Any) -> "Firm":
        ro, line = new_id(), a_sublet_line()
        agreed = authorised_work(*jobs, ro_id=ro, store_id=shop.store)
        await shop.hear(agreed.model_copy(update={"services": [line]}))
        return cls(shop, line.ro_line_id, ro, line)

    async def read(self) -> dict[str, Any]:
        answer = await self.shop.client.get(f"/sublets/{self.id}", headers=self.shop.dispatcher)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()) | {"etag": answer.headers["etag"]}

    async def ask(self, action: str, body: dict[str, Any], by: Headers | None = None) -> httpx.Response:
        seen = {"If-Match": (await self.read())["etag"]}
        headers = (by or self.shop.dispatcher) | once() | seen
        return await self.shop.client.post(f"/sublets/{self.id}/{action}", json=body, headers=headers)

    async def done(self, action: str, body: dict[str, Any], by: Headers | None = None) -> dict[str, Any]:
        answer = await self.ask(action, body, by)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refused(self, action: str, body: dict[str, Any], by: Headers | None = None) -> str:
        answer = await self.ask(action, body, by)
        assert answer.status_code in (409, 422), answer.text
        return str(answer.json()["code"])

    async def said(self) -> list[str]:
        return [kind for kind, _ in await self.shop.said(self.id)]


def sent(**told: Any) -> dict[str, Any]:
    due_at = (clock.now() + timedelta(days=1)).isoformat()
    return {"vendor": "浦东玻璃", "cost_fen": 60_000, "due_at": due_at, **told}


BACK = {"document_no": "PD-118", "cost_fen": 64_000}
PASSED, FAILED = {"result": "passed"}, {"result": "failed", "fault_code": "LEAK", "remark": "Water at the top left."}


async def test_a_firm_s_work_is_sent_out_taken_back_failed_sent_again_and_passed(shop: Shop) -> None:
    """Vendor, cost, due date and the house's own quality check; each step is announced, the last with what is billed."""
    firm = await Firm.ordered(shop)
    assert (await firm.read())["state"] == "authorised"
    away = await firm.done("sending", sent())
    assert (away["state"], away["vendor"], away["cost_fen"], away["sent_by"]) == ("out", "浦东玻璃", 60_000, "lin.wei")
    assert (await firm.done("return", BACK))["state"] == "back"
    failed = await firm.done("inspections", FAILED, shop.inspector)
    assert (failed["state"], failed["rework_no"], failed["fault_code"], failed["checked_by"]) == ("failed", 1, "LEAK", "xu.lan")
    await firm.done("sending", sent())
    await firm.done("return", BACK)
    assert (await firm.done("inspections", PASSED, shop.inspector))["state"] == "passed"
    told = await shop.said(firm.id)
    assert [kind for kind, _ in told] == [
        "sublet_sent", "sublet_returned", "sublet_failed", "sublet_sent", "sublet_returned", "sublet_passed",
    ]  # fmt: skip
    passed = told[-1][1]
    assert (passed["cost_fen"], passed["document_no"], passed["rework_no"], passed["inspector"]) == (
        64_000, "PD-118", 1, "xu.lan",
    )  # fmt: skip


async def test_who_dealt_with_the_firm_does_not_check_its_work(shop: Shop) -> None:
    """W5: four eyes, whoever sent it out or took it back."""
    firm = await Firm.ordered(shop)
    other = shop.by("dispatcher", "inspector", subject="wu.gang")
    await firm.done("sending", sent())
    await firm.done("return", BACK, other)
    for who in ("lin.wei", "wu.gang"):
        by = shop.by("inspector", subject=who)
        assert await firm.refused("inspections", PASSED, by) == "dealt_with_the_firm"
    assert await firm.refused("inspections", {"result": "failed"}, shop.inspector) == "fault_code_mismatch"
    await firm.done("inspections", PASSED, shop.inspector)


async def test_nobody_works_on_a_car_that_is_at_another_firm(shop: Shop) -> None:
    """W1, C7: the whole order waits, from the sending to the return; the car makes room meanwhile, and the check waits, too."""
    labour = a_labour_line()
    firm, hand, job = await Firm.ordered(shop, labour), await shop.a_hand(), labour.ro_line_id
    await shop.dispatched(hand, job)
    await shop.done(job, "start", hand.headers)
    assert await firm.refused("sending", sent()) == "being_worked_on"
    await shop.done(job, "pause", hand.headers, {"reason": "other"})
    away_before = (await _board(shop))["cars_at_other_firms"]
    await firm.done("sending", sent())
    for action, body in (("start", None), ("dispatch", shop.given_to(hand))):
        by = hand.headers if action == "start" else shop.dispatcher
        refused = await shop.ask(job, action, by, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "car_not_here"), action
    board = await _board(shop)
    [shown] = [each for each in board["jobs"] if each["job_id"] == str(job)]
    assert [each["reason"] for each in shown["holds"]] == ["sublet"] and board["cars_at_other_firms"] == away_before + 1
    assert (shown["bay"], shown["hold_reason"]) == (None, "other")
    await firm.done("return", BACK)
    assert (await _board(shop))["cars_at_other_firms"] == away_before
    await shop.dispatched(hand, job)
    await shop.done(job, "start", hand.headers)
    [hold] = (await shop.read(job))["holds"]
    assert (hold["reason"], hold["about_id"]) == ("sublet", str(firm.id)) and hold["closed_at"]


async def _board(shop: Shop) -> dict[str, Any]:
    return dict((await shop.client.get(f"/stores/{shop.store}/board", headers=shop.dispatcher)).json())


async def test_what_nobody_wants_any_more_comes_back_and_is_not_sent_again(shop: Shop) -> None:
    """The front desk withdraws it, or the car's stay ends, while the firm has it: it is taken back with its bill; a fault is
    not mended any more."""
    withdrawn, ended = await Firm.ordered(shop), await Firm.ordered(shop)
    for firm in (withdrawn, ended):
        await firm.done("sending", sent())
    await shop.hear(authorised_work(ro_id=withdrawn.ro, version=3), a_delivery(ended.ro))
    assert [(await firm.read())["state"] for firm in (withdrawn, ended)] == ["out", "out"]
    assert (await withdrawn.done("return", BACK))["state"] == "back"
    await withdrawn.done("inspections", FAILED, shop.inspector)
    assert await withdrawn.refused("sending", sent()) == "line_withdrawn"
    told = await ended.done("return", BACK)
    assert (told["state"], told["document_no"], told["cost_fen"]) == ("cancelled", "PD-118", 64_000)
    assert [kind for kind, _ in await shop.said(ended.id)] == ["sublet_sent", "sublet_returned"]


async def test_a_car_comes_back_only_when_nobody_else_has_it(shop: Shop) -> None:
    """W1: its customer fetched it at the firm; the firm's paper being here does not bring the car."""
    labour = a_labour_line()
    firm, hand, job = await Firm.ordered(shop, labour), await shop.a_hand(), labour.ro_line_id
    await shop.dispatched(hand, job)
    await firm.done("sending", sent())
    await shop.hear(a_lending(firm.ro, version=5))
    await firm.done("return", BACK)
    assert (await shop.read(job))["job"]["hold_reason"] == "car_away"
    await shop.hear(a_taking_back(firm.ro, version=6))
    assert (await shop.read(job))["job"]["hold_reason"] is None


async def test_costs_are_for_those_who_deal_with_firms(shop: Shop) -> None:
    """K4."""
    firm = await Firm.ordered(shop)
    await firm.done("sending", sent())
    await firm.done("return", BACK)
    assert (await firm.read())["cost_fen"] == 64_000
    assert (await firm.done("inspections", PASSED, shop.inspector))["cost_fen"] is None


async def _proposed(shop: Shop) -> list[UUID]:
    answer = await shop.client.get(f"/stores/{shop.store}/dispatch-proposal", headers=shop.dispatcher)
    return [UUID(each["job_id"]) for each in answer.json()["items"]]


async def test_nobody_is_proposed_for_a_car_that_is_not_here(shop: Shop) -> None:
    """W2: neither while another firm has it nor while its customer drives it."""
    away, lent, here = a_labour_line(), a_labour_line(), a_labour_line()
    firm, ro = await Firm.ordered(shop, away), new_id()
    await shop.hear(authorised_work(lent, ro_id=ro), authorised_work(here), a_lending(ro, version=5))
    await firm.done("sending", sent())
    proposed = await _proposed(shop)
    assert here.ro_line_id in proposed and not {away.ro_line_id, lent.ro_line_id} & set(proposed)
    for job in (away.ro_line_id, lent.ro_line_id):
        by_hand = await shop.ask(job, "dispatch", shop.dispatcher, shop.given_to(await shop.a_hand()))
        assert (by_hand.status_code, by_hand.json()["code"]) == (409, "car_not_here")
    await firm.done("return", BACK)
    assert away.ro_line_id in await _proposed(shop)


async def test_only_the_job_that_needs_it_waits_for_a_part_that_is_away(shop: Shop) -> None:
    head, wash = a_labour_line(), a_labour_line(op_code="WASH")
    firm = await Firm.ordered(shop, head, wash)
    assert await firm.refused("sending", sent(takes_car=False, job_id=str(new_id()))) == "unknown_job"
    assert (await firm.ask("sending", sent(job_id=str(head.ro_line_id)))).status_code == 422
    await firm.done("sending", sent(takes_car=False, job_id=str(head.ro_line_id)))
    assert [each["reason"] for each in (await shop.read(head.ro_line_id))["holds"]] == ["sublet"]
    assert (await shop.read(wash.ro_line_id))["holds"] == []
    hand = await shop.a_hand("mechanical")
    await shop.dispatched(hand, wash.ro_line_id)
    await shop.done(wash.ro_line_id, "start", hand.headers)


async def test_a_car_that_is_elsewhere_cannot_be_sent_out(shop: Shop) -> None:
    """Two firms do not have one car, and none has it while its customer drives it."""
    ro, lines = new_id(), [a_sublet_line(), a_sublet_line()]
    await shop.hear(authorised_work(ro_id=ro).model_copy(update={"services": lines}))
    glass, wheel = (Firm(shop, line.ro_line_id, ro, line) for line in lines)
    await glass.done("sending", sent())
    assert await wheel.refused("sending", sent()) == "car_not_here"
    await glass.done("return", BACK)
    await shop.hear(a_lending(ro, version=7))
    assert await wheel.refused("sending", sent()) == "car_not_here"
    late = sent(due_at=(clock.now() - timedelta(hours=1)).isoformat())
    assert await wheel.refused("sending", late) == "range_wrong"


async def test_what_the_firm_should_have_brought_is_found(shop: Shop) -> None:
    """By those of the store; another store sees nothing of it."""
    firm = await Firm.ordered(shop)
    with clock.stopped(clock.now() - timedelta(days=3)):
        by = shop.dispatcher
        await firm.done("sending", sent(), by)
    asked = {"store_id": shop.store, "overdue": "true"}
    answer = await shop.client.get("/sublets", params=asked, headers=shop.dispatcher)
    [found] = [each for each in answer.json()["items"] if each["id"] == str(firm.id)]
    assert found["overdue"] and found["cost_fen"] == 60_000
    stranger = called_by("dispatcher", store="sh02", subject="stranger")
    assert (await shop.client.get(f"/sublets/{firm.id}", headers=stranger)).status_code == 404
    assert not (await shop.client.get("/sublets", headers=stranger)).json()["items"]
    body, seen = sent(), {"If-Match": (await firm.read())["etag"]}
    refused = await shop.client.post(f"/sublets/{firm.id}/sending", json=body, headers=stranger | once() | seen)
    assert refused.status_code == 404
    stale = shop.dispatcher | once() | {"If-Match": '"1"'}
    assert (await shop.client.post(f"/sublets/{firm.id}/return", json=BACK, headers=stale)).status_code == 412


async def test_whatever_is_heard_first_the_line_ends_as_the_front_desk_says(database: Database) -> None:
    """Promise 8: done at the front desk, withdrawn, called off."""
    ro, done, kept, gone = new_id(), a_sublet_line(), a_sublet_line(), a_sublet_line()
    by_hand = done.model_copy(update={"completed_at": NOON})
    orders = [
        authorised_work(ro_id=ro, version=2).model_copy(update={"services": [done, kept, gone]}),
        authorised_work(ro_id=ro, version=3).model_copy(update={"services": [by_hand, kept]}),
        authorised_work(ro_id=ro, version=4).model_copy(update={"services": [by_hand, kept]}),
    ]
    assert await _states(database, ro, *orders) == {
        done.ro_line_id: "closed", kept.ro_line_id: "authorised", gone.ro_line_id: "cancelled",
    }  # fmt: skip
    for end in (a_delivery(ro), a_cancellation(ro)):
        assert set((await _states(database, ro, *orders[1:], end)).values()) == {"closed", "cancelled"}


async def _states(database: Database, ro: UUID, *facts: Any) -> dict[UUID, str]:
    ignoring = ["state_seq", "jobs.version", "sublets.version", *BY_THE_CLOCK]
    with clock.stopped(NOON), bound(Cause(new_id(), "user:test", (STORE,))):
        state = await every_order_leads_to_one_state(
            facts, service="workshop", hears=HEARS, database=database, metadata=Base.metadata, ignoring=ignoring
        )
    return {row["id"]: row["state"] for row in state["sublets"] if row["ro_id"] == ro}
