"""Every state against every command, over HTTP: what the table allows succeeds, all else is refused and changes nothing.

A new state or command is a new entry here; the last test says which is missing."""

from collections.abc import Awaitable, Callable
from typing import Any, get_args

import pytest

from services.reception.api.orders import State
from services.reception.api.rescues import RescueState
from services.reception.app import app
from services.reception.domain import RepairOrder, RescueCall
from shared.settings import Settings
from tests.databases import as_role
from tests.journeys.records import tables
from tests.reception.counter import ON_THE_TABLET, Counter, Told
from tests.reception.words import a_walk_around, an_inquiry, labour
from tests.stack import Stack

LINE = labour("brakes", payer="internal")
"""Nobody has to pay before the key is handed over."""
AGREED = {"channel": "in_person", "evidence": "sheet 4711", "authorised_by": "王芳"}


async def estimated(counter: Counter) -> Told:
    order = await counter.walked_around(await counter.a_check_in())
    await counter.made(f"/repair-orders/{order['id']}/estimates", {"lines": [LINE]}, version=order["etag"])
    return order


async def settled(counter: Counter) -> Told:
    order = await counter.a_finished_order(LINE)
    await counter.made(f"/repair-orders/{order['id']}/settlement", version=order["etag"])
    return order


async def delivered(counter: Counter) -> Told:
    order = await settled(counter)
    version = (await counter.get(f"/repair-orders/{order['id']}")).json()["version"]
    await counter.made(f"/repair-orders/{order['id']}/delivery", {}, version=version)
    return order


async def cancelled(counter: Counter) -> Told:
    order = await counter.a_check_in()
    return await counter.made(f"/repair-orders/{order['id']}/cancellation", {"reason_code": "x"}, version=order["etag"])


Way = Callable[[Counter], Awaitable[Told]]
DISPATCH: Told = {"dispatch": {"responder": "T1"}}
THERE: tuple[Told, ...] = (DISPATCH, {"arrival": {}})


def called(*steps: Told) -> Way:
    return lambda counter: counter.a_rescue_call(*steps)


STATES: dict[str, dict[str, Way]] = {
    "/repair-orders": {
        "draft": lambda counter: counter.a_check_in(),
        "estimated": estimated,
        "authorised": lambda counter: counter.an_authorised_order(LINE),
        "work_complete": lambda counter: counter.a_finished_order(LINE),
        "settled": settled,
        "delivered": delivered,
        "cancelled": cancelled,
    },
    "/rescue-calls": {
        "called": called(),
        "dispatched": called(DISPATCH),
        "arrived": called(*THERE),
        "repaired_on_site": called(*THERE, {"outcome": {"outcome": "repaired_on_site"}}),
        "towed": called(*THERE, {"outcome": {"outcome": "towed"}}),
        "cancelled": called({"cancellation": {"reason": "runs again"}}),
        "closed": called(*THERE, {"outcome": {"outcome": "towed"}}, {"closing": {"reason": "towed home"}}),
    },
}
"""How a thing comes to each of its states."""
COMMANDS: dict[str, dict[str, Told | None]] = {
    "/repair-orders": {
        "estimates": {"lines": [LINE]}, "authorisation": AGREED, "settlement": None, "delivery": {},
        "settlement-signature": ON_THE_TABLET, "deposits": {"method": "cash", "amount_fen": 100},
        "promise": {"promised_at": "2099-12-24T16:00:00+08:00", "reason_code": "waiting_parts"},
        "inquiry": an_inquiry(), "walk-around": a_walk_around(), "dispute-notes": {"words": "不是我的"},
        "waiting": {"waits": True}, "cancellation": {"reason_code": "x"},
        "lending": {"reason_code": "wait_parts", "odometer_km": 42_010}, "taking-back": {"odometer_km": 42_020},
    },
    "/rescue-calls": {
        "dispatch": {"responder": "T2"}, "arrival": {}, "outcome": {"outcome": "towed"}, "cancellation": {"reason": "x"},
        "closing": {"reason": "x"},
    },
}  # fmt: skip
"""What may be asked of it, and with which words (files have tests of their own)."""
LEGAL: dict[str, dict[tuple[str, str], str]] = {
    "/repair-orders": {
        ("draft", "estimates"): "estimated",
        ("estimated", "estimates"): "estimated",
        ("estimated", "authorisation"): "authorised",
        ("work_complete", "settlement"): "settled",
        ("settled", "delivery"): "delivered",
        ("settled", "settlement-signature"): "settled",
        **{(state, "cancellation"): "cancelled" for state in ("draft", "estimated")},  # agreed work needs a manager besides
        **{(state, "lending"): state for state in ("authorised", "work_complete")},
        **{(state, "deposits"): state for state in ("draft", "estimated", "authorised", "work_complete")},
        **{(state, command): state for state in ("draft", "estimated") for command in ("inquiry", "walk-around")},
        **{
            (state, command): state
            for state in ("draft", "estimated", "authorised", "work_complete", "settled")
            for command in ("promise", "dispute-notes", "waiting")
        },
    },
    "/rescue-calls": {
        ("called", "dispatch"): "dispatched",
        ("dispatched", "dispatch"): "dispatched",
        ("dispatched", "arrival"): "arrived",
        ("arrived", "outcome"): "towed",
        ("called", "cancellation"): "cancelled",
        ("dispatched", "cancellation"): "cancelled",
        ("arrived", "cancellation"): "cancelled",
        ("repaired_on_site", "closing"): "closed",
        ("towed", "closing"): "closed",
    },
}
"""(state, command) -> the state after it.  What is not here is refused."""
PAIRS = [(kind, state, command) for kind in STATES for state in STATES[kind] for command in COMMANDS[kind]]


async def contents(conf: Settings) -> dict[str, str]:
    """A digest of every table of reception."""
    async with as_role("reception_owner", "reception", conf) as owner:
        digest = "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(row::text, 0)), 0)"
        return {table: await owner.fetchval(f"{digest} FROM {table} AS row") for table in await tables(owner)}


@pytest.mark.parametrize(("kind", "state", "command"), PAIRS)
async def test_a_command_works_in_its_states_and_changes_nothing_in_the_others(
    counter: Counter, stack: Stack, kind: str, state: str, command: str
) -> None:
    """Reliability promise 6: no state is skipped."""
    path = f"{kind}/{(await STATES[kind][state](counter))['id']}"
    found = (await counter.get(path)).json()
    assert found["state"] == state
    before = await contents(stack.settings)
    answer = await counter.post(f"{path}/{command}", COMMANDS[kind][command], version=found["version"])
    after = LEGAL[kind].get((state, command))
    if after is not None:
        assert answer.status_code in (200, 201), answer.text
        assert (await counter.get(path)).json()["state"] == after
    else:
        assert (answer.status_code, bool(answer.json()["code"])) == (409, True), answer.text
        assert await contents(stack.settings) == before
        assert (await counter.get(path)).json() == found


def test_every_state_and_every_command_stands_in_the_table() -> None:
    assert {kind: set(states) for kind, states in STATES.items()} == {
        "/repair-orders": set(get_args(State)), "/rescue-calls": set(get_args(RescueState)),
    }  # fmt: skip
    steps = {"/repair-orders": RepairOrder.STEPS, "/rescue-calls": RescueCall.STEPS}
    for kind, states in STATES.items():
        assert {state for step in steps[kind] for state in step} == set(states)
        moves = {(state, after) for (state, _), after in LEGAL[kind].items()}
        assert {(state, after) for state, after in moves if state != after} <= steps[kind]
    asked: dict[str, set[str]] = {kind: set() for kind in STATES}
    paths: dict[str, dict[str, Any]] = app.openapi()["paths"]
    for path, operations in paths.items():
        (kind, *rest) = [f"/{part}" for part in path.strip("/").split("/")]
        takes_a_file = "image/jpeg" in operations.get("post", {}).get("requestBody", {}).get("content", {})
        if kind in asked and "post" in operations and len(rest) == 2 and not takes_a_file:
            asked[kind].add(rest[1].strip("/"))
    assert {kind: set(commands) for kind, commands in COMMANDS.items()} == asked
