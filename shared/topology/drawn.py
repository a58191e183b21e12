"""The topology for eyes and for files: a map of who hears whom, a listing, a definitions document for the broker."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.events import Event
from shared.topology import EVENTS, NOTHING, Topology
from shared.topology.differences import QUORUM, password_hash, policy


def as_mermaid(hears: Mapping[str, Iterable[type[Event]]]) -> str:
    """The event map as a Mermaid flowchart: an arrow from speaker to hearer, with the facts that go that way."""
    spoken: dict[tuple[str, str], list[str]] = defaultdict(list)
    for hearer, kinds in hears.items():
        for kind in kinds:
            spoken[kind.speaker(), hearer].append(kind.type.partition(".")[2])
    arrows = [
        f'    {speaker} -- "{"<br/>".join(sorted(facts))}" --> {hearer}' for (speaker, hearer), facts in sorted(spoken.items())
    ]
    return "\n".join(["flowchart LR", *arrows])


def as_lines(topology: Topology) -> str:
    """Exchanges, queues with their policies, bindings and users as a list for people."""
    lines = [f"vhost     {topology.vhost}"]
    lines += [f"exchange  {exchange.name}  ({exchange.kind})" for exchange in topology.exchanges]
    for queue in topology.queues:
        lines.append(f"queue     {queue.name}  " + "  ".join(f"{key}={value}" for key, value in sorted(queue.policy.items())))
        lines += [
            f"            from {bound.exchange} by {bound.key}" for bound in topology.bindings if bound.queue == queue.name
        ]
    lines += [
        f"user      {user.name}  configure {user.configure}  write {user.write}  read {user.read}"
        + (f"  says {user.topic_write}" if user.topic_write else "")
        for user in topology.users
    ]
    return "\n".join(lines)


def as_definitions(topology: Topology, password: Callable[[str], str] | None = None) -> dict[str, Any]:
    """RabbitMQ's definitions document.  Users are in it only when `password` finds their passwords (they are hashed)."""
    vhost = topology.vhost
    document: dict[str, Any] = {
        "vhosts": [{"name": vhost}],
        "permissions": [
            {"user": user.name, "vhost": vhost, "configure": user.configure, "write": user.write, "read": user.read}
            for user in topology.users
        ],
        "topic_permissions": [
            {"user": user.name, "vhost": vhost, "exchange": EVENTS, "write": user.topic_write, "read": NOTHING}
            for user in topology.users
            if user.topic_write is not None
        ],
        "exchanges": [
            {"name": exchange.name, "vhost": vhost, "type": exchange.kind, "durable": True, "auto_delete": False,
             "internal": False, "arguments": {}}
            for exchange in topology.exchanges
        ],
        "queues": [
            {"name": queue.name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": QUORUM}
            for queue in topology.queues
        ],
        "policies": [{"name": queue.name, "vhost": vhost, **policy(queue)} for queue in topology.queues],
        "bindings": [
            {"source": bound.exchange, "vhost": vhost, "destination": bound.queue, "destination_type": "queue",
             "routing_key": bound.key, "arguments": {}}
            for bound in topology.bindings
        ],
    }  # fmt: skip
    if password is not None:
        document["users"] = [
            {
                "name": user.name,
                "password_hash": password_hash(password(user.name), _salt(vhost, user.name)),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [user.tag] if user.tag else [],
            }
            for user in topology.users
        ]
    return document


def _salt(vhost: str, user: str) -> bytes:
    """Always the same for one user of one installation, so that two exports can be compared."""
    return hashlib.sha256(f"{vhost} {user}".encode()).digest()[:4]
