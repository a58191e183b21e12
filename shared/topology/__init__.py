"""The broker's shape as data: exchanges, queues, policies, bindings and users, made from what each service hears.

`management` brings a broker to this shape and tells differences; `drawn` shows it.  Services declare nothing themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.events import Event, catalogue
from shared.settings import NEIGHBOURS, Settings

EVENTS = "events"
"""The topic exchange that carries every fact."""
WORK = "work"
"""Key, on a service's own exchange, of its work queue."""
DEAD = "dead"
"""Key, on a service's own exchange, of its dead letters."""
OPERATOR = "operator"
"""The user that reads dead letters and puts them back to work."""
MONITORING = "monitoring"
"""The user that reads queue depths."""
OTHERS = "sub."
"""What other systems' queues, policies and users are called by the operator who grants them; the topology leaves them alone."""

NOTHING = "^$"
CRASHES = 100
"""How often the broker delivers one message to processes that die, before it is a dead letter."""
READINGS = 1_000_000
"""How often a dead letter may be looked at; the broker's own default of 20 would destroy it."""


class BadTopology(Exception):
    """What the services say they hear does not fit together; the text lists every fault."""


@dataclass(frozen=True, slots=True)
class Exchange:
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A quorum queue; `policy` holds everything else about it, so that it can be changed while messages wait."""

    name: str
    policy: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Binding:
    exchange: str
    queue: str
    key: str


@dataclass(frozen=True, slots=True)
class User:
    """A broker user; the rights are regular expressions over names, `topic_write` over the keys of `events`."""

    name: str
    write: str = NOTHING
    read: str = NOTHING
    configure: str = NOTHING
    topic_write: str | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Topology:
    """All that must stand in one virtual host."""

    vhost: str
    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    users: tuple[User, ...]


def own(service: str) -> str:
    """Name of the direct exchange that only this service (and the operator) may write."""
    return f"{service}.own"


def rung_name(wait_ms: int) -> str:
    """Name of a rung of the retry ladder: 100 → '100ms', 10_000 → '10s', 3_600_000 → '1h'."""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if wait_ms % size == 0:
            return f"{wait_ms // size}{unit}"
    return f"{wait_ms}ms"


def retry(wait_ms: int) -> str:
    """Key, on a service's own exchange, of the rung where a message waits that long: 'retry.10s'."""
    return f"retry.{rung_name(wait_ms)}"


def dead_letters(service: str) -> str:
    """Name of the queue where a service's dead letters lie."""
    return f"{service}.{DEAD}"


def topology_of(
    hears: Mapping[str, Iterable[type[Event]]], settings: Settings, facts: Mapping[str, type[Event]] | None = None
) -> Topology:
    """The topology of these services, each with the event classes it hears.

    `facts` are all facts that are said (the catalogue, when left out).  BadTopology when a personal fact reaches a service
    that it does not name, when nobody hears a fact, when a heard class is not a fact, or when a ladder has a rung twice.
    """
    heard = {service: tuple(kinds) for service, kinds in sorted(hears.items())}
    faults = _faults(heard, catalogue() if facts is None else facts, settings.ladder_ms)
    if faults:
        raise BadTopology("; ".join(faults))
    return Topology(
        vhost=settings.vhost,
        exchanges=(Exchange(EVENTS, "topic"), *(Exchange(own(service), "direct") for service in heard)),
        queues=tuple(queue for service in heard for queue in _queues(service, settings.ladder_ms)),
        bindings=tuple(bound for service, kinds in heard.items() for bound in _bindings(service, kinds, settings.ladder_ms)),
        users=(*map(_service_user, heard), *map(_neighbour, NEIGHBOURS), _operator(heard), User(MONITORING, tag="monitoring")),
    )


def _faults(
    heard: Mapping[str, tuple[type[Event], ...]], facts: Mapping[str, type[Event]], ladder_ms: tuple[int, ...]
) -> list[str]:
    pairs = [(service, kind) for service, kinds in heard.items() for kind in kinds]
    spoken = {kind.type for _, kind in pairs}
    return [
        *(f"{service} hears {kind.type}, which is no published fact" for service, kind in pairs
          if facts.get(kind.type) is not kind),
        *(f"{service} may not hear the personal fact {kind.type}" for service, kind in pairs
          if kind.personal and service not in kind.hearers),
        *(f"nobody hears {type_}" for type_ in facts if type_ not in spoken),
        *(["the ladder needs rising waits above zero"] if [*ladder_ms] != sorted({ms for ms in ladder_ms if ms > 0}) else []),
    ]  # fmt: skip


def _queues(service: str, ladder_ms: tuple[int, ...]) -> list[Queue]:
    def leaves_to(key: str, **more: str | int) -> dict[str, str | int]:
        return {
            "dead-letter-exchange": own(service),
            "dead-letter-routing-key": key,
            "dead-letter-strategy": "at-least-once",
            "overflow": "reject-publish",
            **more,
        }

    return [
        Queue(service, leaves_to(DEAD, **{"delivery-limit": CRASHES})),
        *(Queue(f"{service}.{retry(ms)}", leaves_to(WORK, **{"message-ttl": ms})) for ms in ladder_ms),
        Queue(dead_letters(service), {"delivery-limit": READINGS}),
    ]


def _bindings(service: str, kinds: tuple[type[Event], ...], ladder_ms: tuple[int, ...]) -> list[Binding]:
    return [
        *(Binding(EVENTS, service, f"*.{type_}") for type_ in sorted({kind.type for kind in kinds})),
        Binding(own(service), service, WORK),
        *(Binding(own(service), f"{service}.{retry(ms)}", retry(ms)) for ms in ladder_ms),
        Binding(own(service), dead_letters(service), DEAD),
    ]


def _service_user(service: str) -> User:
    return User(service, write=rf"^({EVENTS}|{service}\.own)$", read=f"^{service}$", topic_write=_says(service))


def _neighbour(system: str) -> User:
    """Another system that speaks to Loop4S and hears nothing of it."""
    return User(system, write=f"^{EVENTS}$", topic_write=_says(system))


def _says(speaker: str) -> str:
    """The keys of a speaker's own facts, in all stores."""
    return rf"^[a-z][a-z0-9]*\.{speaker}\.[a-z_]+\.v[0-9]+$"


def _operator(services: Iterable[str]) -> User:
    names = "|".join(services)
    return User(OPERATOR, write=rf"^({names})\.own$", read=rf"^({names})\.dead$")
