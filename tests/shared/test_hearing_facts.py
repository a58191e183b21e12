"""What the hearing half promises: every fact once, a bad one harms nobody else, nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from shared.database import new_id
from shared.relay import publish_confirmed
from shared.topology import WORK, own
from shared.topology.management import management
from tests.shared import turnstile
from tests.shared.turnstile import World, a_passage, a_world, until
from tests.stack import Stack


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with a_world(stack) as made:
        yield made


async def test_every_fact_takes_effect_once_and_is_answered_once(world: World) -> None:
    """A hundred facts, each sent three times, shuffled over ten gates."""
    gates = [new_id() for _ in range(10)]
    passages = [a_passage(gates[n % 10]) for n in range(100)]
    async with world.running():
        await world.said(*passages, *passages[::-1], *passages)
        await until(lambda: _settled(world, 100))
    assert await world.counted() == (100, 100, 100)
    assert await world.depth("reception") == 100, "each count was said to the hearers exactly once"


async def test_a_fact_that_always_fails_is_tried_rungs_plus_one_times_and_then_a_dead_letter(world: World) -> None:
    """Reliability promise 9: calls = rungs + 1, and the others behind it go on."""
    gate = new_id()
    turnstile.calls.clear()
    async with world.running():
        await world.said(a_passage(gate, trick="always_fails"), *(a_passage() for _ in range(20)))
        await until(lambda: _settled(world, 20))
        await until(lambda: _dead(world, 1))
    assert turnstile.calls.count(gate) >= len(world.settings.ladder_ms) + 1
    (letter,) = await world.dead()
    assert letter["x-reason"] == "attempts"
    assert letter["x-attempt"] == len(world.settings.ladder_ms) + 1
    assert "13800138000" not in str(letter), "a letter tells no values"
    assert letter["x-fingerprint"].startswith("reception.person_passed.v1|Nasty|")


async def test_a_refused_fact_is_a_dead_letter_at_the_first_call(world: World) -> None:
    gate = new_id()
    turnstile.calls.clear()
    async with world.running():
        await world.said(a_passage(gate, trick="refused"))
        await until(lambda: _dead(world, 1))
    (letter,) = await world.dead()
    assert (letter["x-reason"], letter["x-error"]) == ("refused", "gate_closed")
    assert turnstile.calls.count(gate) == 1


async def test_what_cannot_be_read_is_a_dead_letter_with_its_reason(world: World) -> None:
    """Malformed body, missing header, unknown type, unknown version, oversize; the healthy one behind them is applied."""
    no_json, torn, huge = a_passage(), a_passage(), a_passage()
    no_json.body, torn.body, huge.body = b"{", b'"text"', b"[" + b" " * 300_000 + b"]"
    for message in (no_json, torn, huge):
        message.body_size = len(message.body)
    strange = [
        no_json,
        torn,
        a_passage(cloudEvents__subject=None),
        a_passage(cloudEvents__version="newest"),
        a_passage(cloudEvents__storeid="sh02"),
        huge,
        a_passage(cloudEvents__type="reception.nobody_knows.v1"),
        a_passage(cloudEvents__type="reception.person_passed.v2"),
    ]
    async with world.running():
        await world.said(*strange, a_passage())
        await until(lambda: _settled(world, 1))
        await until(lambda: _dead(world, len(strange)))
    reasons = sorted(letter["x-reason"] for letter in await world.dead())
    assert reasons == ["malformed"] * 5 + ["oversize", "unknown_type", "unknown_version"]


async def test_a_fact_that_is_said_again_to_one_hearer_takes_effect_once(world: World) -> None:
    """It comes by the hearer's own exchange, as the journal has it."""
    passage = a_passage()
    async with world.running():
        async with world.channel("operator") as channel:
            for _ in range(2):
                await publish_confirmed(channel, own(turnstile.SERVICE), WORK, passage)
        await world.said(passage, a_passage())
        await until(lambda: _settled(world, 2))
    assert await world.counted() == (2, 2, 2)
    assert await world.depth("parts.dead") == 0


async def test_no_header_excuses_a_fact_under_a_foreign_key(world: World) -> None:
    async with world.running():
        returned: dict[str, Any] = {"x-replayed": 1, "x-attempt": 2}
        await world.said(a_passage(cloudEvents__storeid="sh02", **returned))
        await until(lambda: _dead(world, 1))
    assert (await world.counted())[0] == 0


async def test_a_fact_that_comes_too_early_waits_without_using_up_attempts(world: World) -> None:
    world.settings = world.settings.model_copy(update={"not_yet_ms": 1500})
    async with world.running():
        await world.said(a_passage(trick="not_yet"))
        await until(lambda: _dead(world, 1))
    (letter,) = await world.dead()
    assert letter["x-reason"] == "not_yet"
    assert "x-attempt" not in letter


async def test_one_bad_fact_in_a_batch_leaves_alone(world: World) -> None:
    """The batch is halved until the failing one stands alone; the others are applied once each."""
    messages = [a_passage() for _ in range(30)]
    messages[17] = a_passage(trick="refused")
    await world.said(*messages)
    async with world.running():
        await until(lambda: _settled(world, 29))
        await until(lambda: _dead(world, 1))
    assert await world.counted() == (29, 29, 29)


async def test_a_connection_that_is_lost_with_messages_in_hand_costs_nothing(world: World) -> None:
    """The broker closes all connections while a batch is being applied: effects once, and the service hears on."""
    turnstile.started.clear()
    turnstile.may_go_on.clear()
    async with world.running():
        await world.said(a_passage(trick="slow"), *(a_passage() for _ in range(5)))
        await asyncio.wait_for(turnstile.started.wait(), 20)
        await _close_connections(world)
        turnstile.may_go_on.set()
        await until(lambda: _settled(world, 6))
        await world.said(a_passage())
        await until(lambda: _settled(world, 7))
    assert await world.counted() == (7, 7, 7)
    assert await world.depth("parts") == 0


async def test_two_processes_share_one_queue_and_one_relay_leads(world: World) -> None:
    gate = new_id()
    async with world.running(), world.running():
        await asyncio.gather(*(world.said(*(a_passage(gate) for _ in range(40))) for _ in range(5)))
        await until(lambda: _settled(world, 200))
    assert await world.counted() == (200, 200, 200)
    assert await world.depth("reception") == 200


async def _settled(world: World, effects: int) -> bool:
    passages, _, _ = await world.counted()
    return passages >= effects and await world.depth("reception") >= effects


async def _close_connections(world: World) -> None:
    """As an operator would, for every connection of the hearing service."""
    async with management(world.settings) as broker:

        async def found() -> list[str]:
            listed = await broker.ask("GET", "connections")
            return [one["name"] for one in listed if one.get("vhost") == world.settings.vhost and one.get("user") == "parts"]

        await until(lambda: _any(found))
        for name in await found():
            await broker.ask("DELETE", "connections", name)


async def _any(find: Callable[[], Awaitable[list[str]]]) -> bool:
    return bool(await find())


async def _dead(world: World, letters: int) -> bool:
    return await world.depth("parts.dead") >= letters
