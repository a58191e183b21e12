"""C16: who asks never grants, and what was granted happens once, with the values that were shown."""

from datetime import timedelta
from typing import Any

import pytest

from services.reception.domain import Approval
from shared import clock
from shared.cause import Cause, bound
from shared.database import new_id
from shared.refusal import Refused
from tests.callers import called_by, once, seen
from tests.reception.counter import Counter
from tests.reception.words import NOON, STORE

pytestmark = pytest.mark.usefixtures("at_noon")
VALUES = {"line": "7", "discount_bp": 1_500}
RO = new_id()


def an_approval() -> Approval:
    with bound(Cause(new_id(), "user:advisor", (STORE,))):
        return Approval(store_id=STORE, kind="discount", subject_id=RO, asked=dict(VALUES), reason="loyal customer")


def decided_by(actor: str, approval: Approval, *, granted: bool = True) -> Approval:
    with bound(Cause(new_id(), actor, (STORE,))):
        approval.decide(granted=granted, note=None)
    return approval


def test_who_asks_does_not_grant() -> None:
    with pytest.raises(Refused) as refused:
        decided_by("user:advisor", an_approval())
    assert refused.value.code == "approver_is_asker"


def test_what_was_granted_is_used_once() -> None:
    approval = decided_by("user:manager", an_approval())
    approval.use("discount", RO, VALUES)
    with pytest.raises(Refused) as refused:
        approval.use("discount", RO, VALUES)
    assert (refused.value.code, refused.value.parameters) == ("approval_not_granted", {"state": "used"})


@pytest.mark.parametrize("granted", [False, None])
def test_what_was_not_granted_is_not_used(granted: bool | None) -> None:
    approval = an_approval() if granted is None else decided_by("user:manager", an_approval(), granted=granted)
    with pytest.raises(Refused) as refused:
        approval.use("discount", RO, VALUES)
    assert refused.value.code == "approval_not_granted"


@pytest.mark.parametrize(
    ("kind", "subject", "values"),
    [("refund", RO, VALUES), ("discount", new_id(), VALUES), ("discount", RO, VALUES | {"discount_bp": 1_501})],
)
def test_an_approval_is_for_the_values_that_were_shown(kind: str, subject: Any, values: dict[str, Any]) -> None:
    approval = decided_by("user:manager", an_approval())
    with pytest.raises(Refused) as refused:
        approval.use(kind, subject, values)
    assert (refused.value.code, approval.state) == ("approval_for_something_else", "granted")


def test_an_approval_is_good_for_a_day() -> None:
    approval = an_approval()
    with clock.stopped(NOON + timedelta(hours=24, seconds=1)), pytest.raises(Refused) as refused:
        decided_by("user:manager", approval)
    assert refused.value.code == "approval_expired"
    granted = decided_by("user:manager", an_approval())
    with clock.stopped(NOON + timedelta(hours=24, seconds=1)), pytest.raises(Refused) as refused:
        granted.use("discount", RO, VALUES)
    assert (refused.value.code, granted.state) == ("approval_expired", "granted")


async def test_an_advisor_asks_and_the_manager_grants(counter: Counter) -> None:
    """Over HTTP; the advisor has no right to decide, the manager not over what they asked for themselves."""
    body = {"kind": "discount", "subject_id": str(RO), "values": VALUES, "reason": "loyal customer"}
    asked = await counter.made("/stores/sh01/approvals", body)
    path = f"/approvals/{asked['id']}/decision"
    assert (await counter.post(path, {"granted": True}, "advisor", version=asked["etag"])).status_code == 403
    same = called_by("store_manager", subject="lin.wei") | once() | seen(asked["etag"])
    answer = await counter.client.post(path, json={"granted": True}, headers=same)
    assert (answer.status_code, answer.json()["code"]) == (409, "approver_is_asker")
    other = called_by("store_manager", subject="zhou.min") | once() | seen(asked["etag"])
    answer = await counter.client.post(path, json={"granted": True}, headers=other)
    assert (answer.status_code, answer.json()["state"], answer.json()["decided_by"]) == (200, "granted", "user:zhou.min")
    listed = (await counter.get("/approvals", state="granted", subject_id=str(RO))).json()["items"]
    assert [item["id"] for item in listed] == [asked["id"]]
