"""JSON Schema of one fact as it travels: its AMQP headers and its body."""

import inspect
from typing import Any, get_args

from pydantic import StringConstraints

from shared.events import Event
from shared.fields import StoreId

DIALECT = "https://json-schema.org/draft/2020-12/schema"
HERE = "#/$defs/{model}"
STORE_PATTERN = next(str(part.pattern) for part in get_args(StoreId) if isinstance(part, StringConstraints))


def message_schema(kind: type[Event]) -> dict[str, Any]:
    """The whole message: an object with `headers` and `body`, like its golden file."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:loop4s:message:{kind.type}",
        "title": kind.__name__,
        "description": meaning(kind),
        "x-personal": kind.personal,
        "type": "object",
        "required": ["headers", "body"],
        "properties": {"headers": headers_schema(kind), "body": {"$id": f"urn:loop4s:schema:{kind.type}", **body_schema(kind)}},
    }


def body_schema(kind: type[Event], refer: str = HERE) -> dict[str, Any]:
    """The business fields; pieces that are used in several places are in `$defs`, referred to as `refer` says."""
    schema = kind.model_json_schema(ref_template=refer)
    del schema["properties"]["about"], schema["$defs"]["About"]
    schema["required"] = [name for name in schema["required"] if name != "about"]
    if not schema["$defs"]:
        del schema["$defs"]
    schema.pop("description", None)
    return schema


def headers_schema(kind: type[Event]) -> dict[str, Any]:
    """The CloudEvents attributes, and the trace that the fact belongs to."""
    required = {
        "id": _text("the event's own id, a UUIDv7; the same whenever the fact is sent again", format="uuid"),
        "source": {"const": kind.speaker(), "description": "the service that says it"},
        "type": {"const": kind.type},
        "specversion": {"const": "1.0"},
        "time": _text("when the fact was announced", format="date-time"),
        "subject": _text("the aggregate that the fact is about", format="uuid"),
        "dataschema": {"const": f"urn:loop4s:schema:{kind.type}"},
        "storeid": _text("the store; the first word of the routing key", pattern=STORE_PATTERN),
        "version": _count("the aggregate's version: rises with every fact within the speaker's epoch, numbers may be left out"),
        "epoch": _count("rises when the speaker's database was restored; newer facts compare greater by (epoch, version)"),
        "causationid": _text("the request or fact that caused this one", format="uuid"),
        "actorid": _text("who acted, e.g. user:lin.wei or service:parts"),
        "businessdate": _text("the calendar day in the store's time zone", format="date"),
    }
    optional = {
        "cloudEvents:correlationid": _text("the repair order that ties the whole loop together", format="uuid"),
        "traceparent": _text("W3C trace context"),
    }
    return {
        "type": "object",
        "required": [f"cloudEvents:{name}" for name in required],
        "properties": {**{f"cloudEvents:{name}": schema for name, schema in required.items()}, **optional},
    }


def meaning(kind: type[Event]) -> str:
    """What the fact says, in words."""
    return " ".join((inspect.getdoc(kind) or "").split())


def _text(description: str, **more: str) -> dict[str, Any]:
    return {"type": "string", **more, "description": description}


def _count(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "description": description}
