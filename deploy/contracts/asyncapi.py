"""The AsyncAPI 3 description of the broker's side: a channel per fact, a channel per service's queue, who sends and hears."""

from collections.abc import Iterable, Mapping
from typing import Any

from deploy.contracts.schemas import STORE_PATTERN, body_schema, headers_schema, meaning
from shared.events import Event
from shared.topology import EVENTS

COMPONENTS = "#/components/schemas/{model}"
AMQP = {"bindingVersion": "0.3.0"}


def asyncapi(facts: Mapping[str, type[Event]], hears: Mapping[str, Iterable[type[Event]]]) -> dict[str, Any]:
    """The whole document; `hears` names the classes that each service hears."""
    heard = {service: sorted({kind.type for kind in kinds}) for service, kinds in sorted(hears.items())}
    schemas: dict[str, Any] = {}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Loop4S events",
            "version": "1",
            "description": "Facts of the after-sales loop, said once and never changed.  Delivery is at least once"
            " and in any order: skip event ids that are known, and keep the newest (epoch, version) per subject and fact.",
        },
        "defaultContentType": "application/json",
        "channels": {
            **{type_: _fact_channel(kind) for type_, kind in facts.items()},
            **{service: _queue_channel(service, types, facts) for service, types in heard.items()},
        },
        "operations": {
            **{f"{kind.speaker()}.says.{_fact(type_)}": _says(type_, kind) for type_, kind in facts.items()},
            **{f"{service}.hears": _hears(service, types, facts) for service, types in heard.items() if types},
        },
        "components": {"messages": {kind.__name__: _message(kind, schemas) for kind in facts.values()}, "schemas": schemas},
    }


def _fact(type_: str) -> str:
    return type_.partition(".")[2]


def _fact_channel(kind: type[Event]) -> dict[str, Any]:
    return {
        "address": f"{{store}}.{kind.type}",
        "summary": meaning(kind),
        "parameters": {"store": {"description": f"the store's code, {STORE_PATTERN}", "examples": ["sh01"]}},
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EVENTS, "type": "topic", "durable": True, "autoDelete": False},
                **AMQP,
            }
        },
        "x-personal": kind.personal,
    }


def _queue_channel(service: str, types: Iterable[str], facts: Mapping[str, type[Event]]) -> dict[str, Any]:
    names = [facts[type_].__name__ for type_ in types]
    return {
        "address": service,
        "summary": f"The quorum queue of {service}, bound to {EVENTS}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"name": service, "durable": True, "exclusive": False, "autoDelete": False},
                **AMQP,
            }
        },
        "x-bound-by": [f"*.{type_}" for type_ in types],
    }


def _says(type_: str, kind: type[Event]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{type_}"},
        "messages": [{"$ref": f"#/channels/{type_}/messages/{kind.__name__}"}],
        "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True, "timestamp": True, **AMQP}},
    }


def _hears(service: str, types: Iterable[str], facts: Mapping[str, type[Event]]) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{service}"},
        "messages": [{"$ref": f"#/channels/{service}/messages/{facts[type_].__name__}"} for type_ in types],
        "bindings": {"amqp": {"ack": True, **AMQP}},
    }


def _message(kind: type[Event], schemas: dict[str, Any]) -> dict[str, Any]:
    payload = body_schema(kind, COMPONENTS)
    for name, schema in payload.pop("$defs", {}).items():
        if schemas.setdefault(name, schema) != schema:
            raise ValueError(f"two pieces of events are called {name}")
    return {
        "name": kind.type,
        "title": kind.__name__,
        "summary": meaning(kind),
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/cloudEvents:correlationid"},
        "headers": headers_schema(kind),
        "payload": payload,
    }
