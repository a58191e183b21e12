"""Where a broker differs from the topology, and the request that mends each difference."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from shared.events import catalogue
from shared.topology import EVENTS, NOTHING, OTHERS, Binding, Queue, Topology, User
from shared.topology.client import Management

QUORUM = {"x-queue-type": "quorum"}
EVERYTHING = ".*"


@dataclass(frozen=True, slots=True)
class Difference:
    """What stands otherwise than it should; `mend` changes it, None where a person must decide."""

    kind: str
    text: str
    mend: Callable[[], Awaitable[Any]] | None = None


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a broker has in the virtual host."""

    vhost: bool
    users: dict[str, dict[str, Any]]
    permissions: dict[str, dict[str, Any]] = field(default_factory=dict)
    topic_permissions: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    exchanges: dict[str, dict[str, Any]] = field(default_factory=dict)
    queues: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    bindings: set[Binding] = field(default_factory=set)


async def _standing(vhost: str, broker: Management) -> _Standing:
    users = {row["name"]: row for row in await broker.ask("GET", "users")}
    if await broker.ask("GET", "vhosts", vhost) is None:
        return _Standing(vhost=False, users=users)
    permissions, topics, defined = await asyncio.gather(
        broker.ask("GET", "vhosts", vhost, "permissions"),
        broker.ask("GET", "vhosts", vhost, "topic-permissions"),
        broker.ask("GET", "definitions", vhost),
    )
    return _Standing(
        vhost=True,
        users=users,
        permissions={row["user"]: row for row in permissions},
        topic_permissions={(row["user"], row["exchange"]): row for row in topics},
        exchanges={row["name"]: row for row in defined["exchanges"]},
        queues={row["name"]: row for row in defined["queues"]},
        policies={row["name"]: row for row in defined["policies"]},
        bindings={Binding(row["source"], row["destination"], row["routing_key"]) for row in defined["bindings"]},
    )


async def differences(topology: Topology, broker: Management) -> list[Difference]:
    """Every difference between broker and topology, in the order in which they can be mended."""
    standing = await _standing(topology.vhost, broker)
    found: list[Difference] = []
    for part in (_in_vhost, _in_users, _in_permissions, _in_exchanges, _in_policies, _in_queues, _in_bindings, _in_topics):
        found += part(topology, standing, broker)
    return found


def _request(broker: Management, method: str, *path: str, **json: Any) -> Callable[[], Awaitable[Any]]:
    return lambda: broker.ask(method, *path, json=json if method != "DELETE" else None)


def _in_vhost(topology: Topology, standing: _Standing, broker: Management) -> Iterator[Difference]:
    if not standing.vhost:
        yield Difference("vhost", f"vhost {topology.vhost} is missing", _request(broker, "PUT", "vhosts", topology.vhost))


def _in_users(topology: Topology, standing: _Standing, broker: Management) -> Iterator[Difference]:
    for user in topology.users:
        password = broker.password(user.name)
        mend = _request(broker, "PUT", "users", user.name, password=password, tags=user.tag)
        if (row := standing.users.get(user.name)) is None:
            yield Difference("user", f"user {user.name} is missing", mend)
        elif not _is_password(password, row):
            yield Difference("user", f"user {user.name} has another password", mend)
        elif _tags(row) != set(filter(None, [user.tag])):
            yield Difference("user", f"user {user.name} has the tags {sorted(_tags(row))}", mend)


def _in_permissions(topology: Topology, standing: _Standing, broker: Management) -> Iterator[Difference]:
    admin = User(broker.admin, write=EVERYTHING, read=EVERYTHING, configure=EVERYTHING)
    known = {user.name: user for user in (admin, *topology.users)}
    for name, user in known.items():
        row = standing.permissions.get(name, {})
        rights = {"configure": user.configure, "write": user.write, "read": user.read}
        if rights != {right: row.get(right) for right in rights}:
            mend = _request(broker, "PUT", "permissions", topology.vhost, name, **rights)
            yield Difference("permission", f"user {name} has other permissions", mend)
    for name in standing.permissions.keys() - known.keys():
        if not (name.startswith(OTHERS) and _only_reads_its_own(standing.permissions[name])):
            yield Difference("permission", f"user {name} has permissions, but is not in the topology")


def _in_exchanges(topology: Topology, standing: _Standing, broker: Management) -> Iterator[Difference]:
    for exchange in topology.exchanges:
        row = standing.exchanges.get(exchange.name)
        if row is None:
            mend = _request(broker, "PUT", "exchanges", topology.vhost, exchange.name, type=exchange.kind, durable=True)
            yield Difference("exchange", f"exchange {exchange.name} is missing", mend)
        elif row["type"] != exchange.kind or not row["durable"]:
            yield Difference("exchange", f"exchange {exchange.name} is not a durable {exchange.kind} exchange; delete it first")
    for name in standing.exchanges.keys() - {exchange.name for exchange in topology.exchanges}:
        yield Difference("exchange", f"exchange {name} is not in the topology")


def _in_policies(topology: Topology, standing: _Standing, broker: Management) -> Iterator[Difference]:
    for queue in topology.queues:
        wanted = policy(queue)
        row = standing.policies.get(queue.name)
        if row is None or any(row.get(part) != value for part, value in wanted.items()):
            mend = _request(broker, "PUT", "policies", topology.vhost, queue.name, **wanted)
            yield Difference("policy", f"policy {queue.name} {'is missing' if row is None else 'is changed'}", mend)
    ours = {queue.name for queue in topology.queues}
    for name in _not_of_others(standing.policies.keys() - ours - standing.queues.keys()):
        mend = _request(broker, "DELETE", "policies", topology.vhost, name)
        yield Difference("policy", f"policy {name} is not in the topology", mend)


def _in_queues(topology: Topology, standing: _Standing, broker: Management) -> Iterator[Difference]:
    for queue in topology.queues:
        row = standing.queues.get(queue.name)
        if row is None:
            mend = _request(broker, "PUT", "queues", topology.vhost, queue.name, durable=True, arguments=QUORUM)
            yield Difference("queue", f"queue {queue.name} is missing", mend)
        elif row["arguments"] != QUORUM:
            yield Difference("queue", f"queue {queue.name} is not a plain quorum queue; empty and delete it first")
    for name in _not_of_others(standing.queues.keys() - {queue.name for queue in topology.queues}):
        yield Difference("queue", f"queue {name} is not in the topology; delete it when it is empty")


def _in_bindings(topology: Topology, standing: _Standing, broker: Management) -> Iterator[Difference]:
    for bound in topology.bindings:
        if bound not in standing.bindings:
            mend = _request(broker, "POST", *_between(topology, bound), routing_key=bound.key, arguments={})
            yield Difference("binding", f"binding {bound.exchange} to {bound.queue} by {bound.key} is missing", mend)
    ours = {queue.name for queue in topology.queues}
    for bound in standing.bindings - set(topology.bindings):
        if bound.queue in ours:
            text = f"binding {bound.exchange} to {bound.queue} by {bound.key} is not in the topology"
            mend = _request(broker, "DELETE", *_between(topology, bound), _properties_key(bound.key))
            yield Difference("binding", text, mend)
        elif bound.exchange == EVENTS and not _is_general(bound.key):
            yield Difference("binding", f"binding {bound.exchange} to {bound.queue} by {bound.key} is no general fact's key")


def _between(topology: Topology, bound: Binding) -> tuple[str, ...]:
    return "bindings", topology.vhost, "e", bound.exchange, "q", bound.queue


def _in_topics(topology: Topology, standing: _Standing, broker: Management) -> Iterator[Difference]:
    """A user without a row may say anything, so every speaker needs one; reading by topic is for nobody."""
    for user in topology.users:
        row = standing.topic_permissions.get((user.name, EVENTS), {})
        if user.topic_write is not None and (row.get("write"), row.get("read")) != (user.topic_write, NOTHING):
            path = ("topic-permissions", topology.vhost, user.name)
            mend = _request(broker, "PUT", *path, exchange=EVENTS, write=user.topic_write, read=NOTHING)
            yield Difference("topic permission", f"user {user.name} has another topic permission", mend)
    speakers = {(user.name, EVENTS) for user in topology.users if user.topic_write is not None}
    for name, exchange in standing.topic_permissions.keys() - speakers:
        row = standing.topic_permissions[name, exchange]
        if not (name.startswith(OTHERS) and (row.get("write"), row.get("read")) == (NOTHING, NOTHING)):
            text = f"user {name} has a topic permission on {exchange} that is not in the topology"
            yield Difference("topic permission", text)


def _not_of_others(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if not name.startswith(OTHERS))


def _only_reads_its_own(permission: dict[str, Any]) -> bool:
    """What another system's user may do at most: read the queue of its own name."""
    own = f"^{re.escape(permission['user'])}$"
    return (permission["configure"], permission["write"], permission["read"]) == (NOTHING, NOTHING, own)


def _is_general(key: str) -> bool:
    """Whether a binding key names one fact without personal data, of one store or of all: wildcards could let others in."""
    fact = catalogue().get(key.partition(".")[2])
    return fact is not None and not fact.personal


def policy(queue: Queue) -> dict[str, Any]:
    """The policy that carries everything about a queue but its type."""
    return {"pattern": f"^{re.escape(queue.name)}$", "apply-to": "queues", "priority": 10, "definition": dict(queue.policy)}


def password_hash(password: str, salt: bytes) -> str:
    """RabbitMQ's `rabbit_password_hashing_sha256`: base64 of the 4-byte salt and the salted SHA-256."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _is_password(password: str, user: dict[str, Any]) -> bool:
    salt = base64.b64decode(user.get("password_hash") or "")[:4]
    return bool(salt) and password_hash(password, salt) == user["password_hash"]


def _tags(user: dict[str, Any]) -> set[str]:
    tags = user.get("tags") or []
    return set(filter(None, tags.split(",") if isinstance(tags, str) else tags))


def _properties_key(routing_key: str) -> str:
    """How the management API names a binding without arguments."""
    return quote_plus(routing_key).replace("~", "%7E")
