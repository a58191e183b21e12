"""The broker takes the shape that the services' HEARS describe, and refuses everybody what is not theirs."""

from collections.abc import AsyncIterator, Awaitable, Callable

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused

from shared.events import Event, catalogue
from shared.events.parts import PartsReserved
from shared.events.reception import ContactChanged, WorkAuthorised
from shared.events.workshop import JobCompleted
from shared.relay import publish_confirmed
from shared.settings import Settings
from shared.topology import MONITORING, OPERATOR, BadTopology, Topology, rung_name, topology_of
from shared.topology.drawn import as_definitions
from shared.topology.management import Management, apply, check, unusable
from tests.stack import Stack
from tests.virtual_hosts import a_virtual_host

HEARS: dict[str, list[type[Event]]] = {
    "parts": [WorkAuthorised],
    "workshop": [WorkAuthorised, PartsReserved],
    "console": [JobCompleted],
}
FACTS = {kind.type: kind for kinds in HEARS.values() for kind in kinds}
Applied = tuple[Settings, Topology, Management]


@pytest.fixture(scope="module")
async def applied(stack: Stack) -> AsyncIterator[Applied]:
    async with a_virtual_host(stack.settings, HEARS) as host:
        yield host


async def test_applying_twice_changes_nothing(applied: Applied) -> None:
    _, topology, broker = applied
    assert await apply(topology, broker) == []
    assert await check(topology, broker) == []


async def test_a_deleted_binding_is_found_and_mended(applied: Applied) -> None:
    here, topology, broker = applied
    key = "%2A.reception.work_authorised.v1"
    await broker.ask("DELETE", "bindings", here.vhost, "e", "events", "q", "parts", key)
    missing = ["binding events to parts by *.reception.work_authorised.v1 is missing"]
    assert await check(topology, broker) == missing
    assert await apply(topology, broker) == missing
    assert await check(topology, broker) == []


async def test_a_binding_that_nobody_asked_for_is_removed(applied: Applied) -> None:
    here, topology, broker = applied
    await broker.ask("POST", "bindings", here.vhost, "e", "events", "q", "parts", json={"routing_key": "*.claims.~.#"})
    assert await apply(topology, broker) == ["binding events to parts by *.claims.~.# is not in the topology"]
    assert await check(topology, broker) == []


async def test_a_changed_policy_is_found_and_mended(applied: Applied) -> None:
    here, topology, broker = applied
    await broker.ask("PUT", "policies", here.vhost, "parts", json={"pattern": "^parts$", "definition": {"delivery-limit": 5}})
    assert await apply(topology, broker) == ["policy parts is changed"]
    assert await check(topology, broker) == []


async def test_a_widened_permission_is_found_and_mended(applied: Applied) -> None:
    here, topology, broker = applied
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    await broker.ask("PUT", "permissions", here.vhost, "parts", json=everything)
    await broker.ask("DELETE", "topic-permissions", here.vhost, "workshop")
    assert await apply(topology, broker) == ["user parts has other permissions", "user workshop has another topic permission"]
    assert await check(topology, broker) == []


async def test_a_foreign_queue_is_named_but_never_deleted(applied: Applied) -> None:
    here, topology, broker = applied
    await broker.ask("PUT", "queues", here.vhost, "parts.retry.9s", json={"durable": True})
    left = ["queue parts.retry.9s is not in the topology; delete it when it is empty"]
    assert await apply(topology, broker) == []
    assert await check(topology, broker) == left
    await broker.ask("DELETE", "queues", here.vhost, "parts.retry.9s")


async def test_another_systems_queue_is_left_alone_as_long_as_it_only_reads_general_facts(applied: Applied) -> None:
    """K9"""
    here, topology, broker = applied
    name, nothing = "sub.finance", "^$"
    bindings = ("bindings", here.vhost, "e", "events", "q", name)
    await broker.ask("PUT", "queues", here.vhost, name, json={"durable": True, "arguments": {"x-queue-type": "quorum"}})
    await broker.ask("PUT", "policies", here.vhost, name, json={"pattern": r"^sub\.finance$", "definition": {"max-length": 9}})
    await broker.ask("POST", *bindings, json={"routing_key": "*.workshop.job_completed.v1"})
    await broker.ask("PUT", "users", name, json={"password": "of-this-test-only", "tags": ""})
    rights = {"configure": nothing, "write": nothing, "read": r"^sub\.finance$"}
    await broker.ask("PUT", "permissions", here.vhost, name, json=rights)
    await broker.ask(
        "PUT", "topic-permissions", here.vhost, name, json={"exchange": "events", "write": nothing, "read": nothing}
    )
    assert await check(topology, broker) == []

    await broker.ask("POST", *bindings, json={"routing_key": "sh01.#"})
    await broker.ask("PUT", "permissions", here.vhost, name, json={**rights, "read": ".*"})
    assert await apply(topology, broker) == []
    assert await check(topology, broker) == [
        "user sub.finance has permissions, but is not in the topology",
        "binding events to sub.finance by sh01.# is no general fact's key",
    ]
    await broker.ask("DELETE", "queues", here.vhost, name)
    await broker.ask("DELETE", "policies", here.vhost, name)
    await broker.ask("DELETE", "users", name)


def test_a_release_of_rabbitmq_that_breaks_the_topology_is_named() -> None:
    assert unusable("4.3.0") == [
        "RabbitMQ 4.3.0 must not be used: services would need the right to declare queues; take a later release"
    ]
    assert unusable("4.0.5") == unusable("4.3.1") == []


async def test_a_service_says_its_own_facts_and_no_others(applied: Applied) -> None:
    await as_user(applied, "parts", lambda channel: say(channel, "events", "sh01.parts.parts_reserved.v1"))
    await refused(applied, "parts", lambda channel: say(channel, "events", "sh01.workshop.job_completed.v1"))


@pytest.mark.parametrize("exchange", ["workshop.own", "", "amq.topic"])
async def test_a_service_writes_to_no_exchange_but_its_own(applied: Applied, exchange: str) -> None:
    await as_user(applied, "parts", lambda channel: say(channel, "parts.own", "dead"))
    await refused(applied, "parts", lambda channel: say(channel, exchange, "workshop"))


@pytest.mark.parametrize("queue", ["workshop", "workshop.dead", "parts.dead"])
async def test_a_service_reads_no_queue_but_its_own(applied: Applied, queue: str) -> None:
    async def hear(message: AbstractIncomingMessage) -> None:
        raise AssertionError("a foreign message arrived")

    async def consume(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).consume(hear)

    async def get(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).get()

    async def purge(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).purge()

    for act in (consume, get, purge):
        await refused(applied, "parts", act)


async def test_a_service_declares_binds_and_deletes_nothing(applied: Applied) -> None:
    async def declare_queue(channel: AbstractChannel) -> None:
        await channel.declare_queue("parts.more", durable=True, arguments={"x-queue-type": "quorum"})

    async def declare_its_own_again(channel: AbstractChannel) -> None:
        await channel.declare_queue("parts", durable=True, arguments={"x-queue-type": "quorum"})

    async def declare_exchange(channel: AbstractChannel) -> None:
        await channel.declare_exchange("parts.more", durable=True)

    async def bind(channel: AbstractChannel) -> None:
        await (await channel.get_queue("parts", ensure=False)).bind("events", "#")

    async def delete(channel: AbstractChannel) -> None:
        await (await channel.get_queue("parts", ensure=False)).delete()

    for act in (declare_queue, declare_its_own_again, declare_exchange, bind, delete):
        await refused(applied, "parts", act)


async def test_the_operator_reads_dead_letters_only(applied: Applied) -> None:
    async def read(queue: str, channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).get(fail=False)

    await as_user(applied, OPERATOR, lambda channel: read("workshop.dead", channel))
    await refused(applied, OPERATOR, lambda channel: read("workshop", channel))
    await refused(applied, OPERATOR, lambda channel: say(channel, "events", "sh01.parts.parts_reserved.v1"))


async def test_the_monitoring_user_sees_depths_and_no_messages(applied: Applied) -> None:
    here, _, broker = applied
    auth = (MONITORING, here.secret("broker", MONITORING))
    assert (await broker.client.get(f"/api/queues/{here.vhost}", auth=auth)).status_code == 200

    async def read(channel: AbstractChannel) -> None:
        await (await channel.get_queue("parts.dead", ensure=False)).get(fail=False)

    await refused(applied, MONITORING, read)


async def test_exported_definitions_make_the_same_topology(applied: Applied) -> None:
    here, topology, broker = applied
    definitions = as_definitions(topology, broker.password)
    await broker.ask("DELETE", "vhosts", here.vhost)
    await broker.ask("POST", "definitions", json=definitions)
    lacking = [line for line in await check(topology, broker) if broker.admin not in line]
    await apply(topology, broker)
    assert lacking == []


def test_a_personal_fact_reaches_only_the_hearers_that_it_names(stack: Stack) -> None:
    with pytest.raises(BadTopology, match=r"parts may not hear the personal fact reception\.contact_changed\.v1"):
        topology_of({"parts": [ContactChanged]}, stack.settings, {ContactChanged.type: ContactChanged})


def test_a_fact_that_nobody_hears_is_refused(stack: Stack) -> None:
    with pytest.raises(BadTopology, match=r"nobody hears workshop\.quality_failed\.v1"):
        topology_of(HEARS, stack.settings, catalogue())


def test_a_class_outside_the_published_language_cannot_be_heard(stack: Stack) -> None:
    class Rumour(Event):
        type = "workshop.rumour.v1"

    with pytest.raises(BadTopology, match=r"parts hears workshop\.rumour\.v1, which is no published fact"):
        topology_of({**HEARS, "parts": [WorkAuthorised, Rumour]}, stack.settings, FACTS)


def test_the_rungs_are_named_by_their_wait() -> None:
    waits = {100: "100ms", 1_000: "1s", 10_000: "10s", 60_000: "1m", 90_000: "90s", 600_000: "10m", 3_600_000: "1h"}
    assert {wait: rung_name(wait) for wait in waits} == waits


def say(channel: AbstractChannel, exchange: str, key: str) -> Awaitable[None]:
    return publish_confirmed(channel, exchange, key, aio_pika.Message(b"{}"))


async def as_user(applied: Applied, user: str, act: Callable[[AbstractChannel], Awaitable[None]]) -> None:
    async with await aio_pika.connect(applied[0].broker_url(user)) as connection:
        await act(await connection.channel(publisher_confirms=True, on_return_raises=True))


async def refused(applied: Applied, user: str, act: Callable[[AbstractChannel], Awaitable[None]]) -> None:
    """The broker answers ACCESS_REFUSED to this act."""
    with pytest.raises(Exception) as caught:
        await as_user(applied, user, act)
    assert isinstance(caught.value, ChannelAccessRefused) or isinstance(caught.value.__cause__, ChannelAccessRefused), (
        caught.value
    )
