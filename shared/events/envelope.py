"""How a fact travels: CloudEvents 1.0 attributes as AMQP headers (`cloudEvents:…`), the business fields as JSON body."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from shared.events import About, Event

PREFIXES = ("cloudEvents:", "cloudEvents_")
LARGEST_BODY = 256 * 1024


class Malformed(Exception):
    """What arrived is no fact that can be read; `reason` is the dead letter's reason, the text holds no values."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Envelope:
    """The headers of one fact, as read from the wire."""

    id: UUID
    type: str
    source: str
    time: datetime
    """When the fact was announced (the speaker's database clock)."""
    about: About
    actor: str
    traceparent: str | None


class Identified(Protocol):
    """What a fact is about: an `About`, or the outbox row that was made of one."""

    @property
    def subject(self) -> UUID: ...
    @property
    def version(self) -> int: ...
    @property
    def store_id(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def correlation(self) -> UUID | str | None: ...


def headers(
    *,
    id: UUID,
    type: str,
    time: datetime,
    about: Identified,
    causation: UUID | str,
    actor: str,
    business_date: str,
    traceparent: str | None,
) -> dict[str, Any]:
    """The AMQP headers of a fact (docs/contracts lists them)."""
    written = {
        "cloudEvents:id": str(id),
        "cloudEvents:source": type.partition(".")[0],
        "cloudEvents:type": type,
        "cloudEvents:specversion": "1.0",
        "cloudEvents:time": time.isoformat(),
        "cloudEvents:subject": str(about.subject),
        "cloudEvents:dataschema": f"urn:loop4s:schema:{type}",
        "cloudEvents:storeid": about.store_id,
        "cloudEvents:version": about.version,
        "cloudEvents:epoch": about.epoch,
        "cloudEvents:causationid": str(causation),
        "cloudEvents:actorid": actor,
        "cloudEvents:businessdate": business_date,
    }
    if about.correlation:
        written["cloudEvents:correlationid"] = str(about.correlation)
    if traceparent:
        written["traceparent"] = traceparent
    return written


def read(found: Mapping[str, Any]) -> Envelope:
    """Read the headers; Malformed('malformed') when one is missing or has the wrong form."""

    def attribute(name: str) -> Any:
        for prefix in PREFIXES:
            if (value := found.get(prefix + name)) is not None:
                return value
        raise Malformed("malformed", f"header cloudEvents:{name} is missing")

    try:
        correlation = found.get("cloudEvents:correlationid") or found.get("cloudEvents_correlationid")
        time = datetime.fromisoformat(attribute("time"))
        if time.tzinfo is None:
            raise Malformed("malformed", "header cloudEvents:time has no time zone")
        return Envelope(
            id=UUID(attribute("id")),
            type=str(attribute("type")),
            source=str(attribute("source")),
            time=time,
            about=About(
                subject=UUID(attribute("subject")),
                version=attribute("version"),
                store_id=attribute("storeid"),
                epoch=attribute("epoch"),
                correlation=UUID(correlation) if correlation else None,
            ),
            actor=str(attribute("actorid")),
            traceparent=found.get("traceparent"),
        )
    except (ValueError, TypeError, AttributeError) as broken:
        raise Malformed("malformed", f"a header has the wrong form ({type(broken).__name__})") from None


def parse(
    facts: Mapping[str, type[Event]], found: Mapping[str, Any], body: bytes, routing_key: str | None = None
) -> tuple[Envelope, Event]:
    """Envelope and fact of one message, or Malformed with its reason: oversize, malformed, unknown_type, unknown_version."""
    if len(body) > LARGEST_BODY:
        raise Malformed("oversize", f"the body is larger than {LARGEST_BODY} bytes")
    envelope = read(found)
    kind = facts.get(envelope.type)
    if kind is None:
        fact = envelope.type.rpartition(".v")[0]
        known = any(other.rpartition(".v")[0] == fact for other in facts)
        raise Malformed("unknown_version" if known else "unknown_type", "nobody here hears this type")
    if routing_key is not None and routing_key != f"{envelope.about.store_id}.{envelope.type}":
        raise Malformed("malformed", "type and store do not match the routing key")
    if b"\\u0000" in body or b"\0" in body:
        raise Malformed("malformed", "the body holds a NUL character, which no database column can")
    try:
        return envelope, kind.heard(envelope.about, body)
    except ValueError as broken:
        raise Malformed("malformed", _places(broken)) from None


def _places(broken: ValueError) -> str:
    """Where a body does not fit, without what it holds."""
    errors = getattr(broken, "errors", None)
    if errors is None:
        return "the body is no JSON object"
    found = errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in found[:10])
