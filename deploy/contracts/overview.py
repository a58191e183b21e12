"""The event catalogue for people: the map of who hears whom, the hearing matrix, and every fact with its fields."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from deploy.contracts.schemas import body_schema, meaning
from shared.events import Event
from shared.topology.drawn import as_mermaid

HEAD = """\
# Events

Generated from `shared/events` and the `HEARS` of every service by `make docs`; do not edit.

Each fact goes once to the topic exchange `events` by the key `<store>.<type>`, e.g. `sh01.reception.work_authorised.v1`.
Its CloudEvents attributes are AMQP headers (`cloudEvents:id`, …), its business fields the JSON body; the schemas of both are
in [schemas](schemas), the channels and queues in [asyncapi.json](asyncapi.json).  Delivery is at least once and in any order.
"""


def overview(facts: Mapping[str, type[Event]], hears: Mapping[str, Iterable[type[Event]]]) -> str:
    """The whole page as Markdown."""
    heard = {service: frozenset(kind.type for kind in kinds) for service, kinds in hears.items()}
    return "\n".join(
        [
            HEAD,
            "## Who hears whom\n\n```mermaid",
            as_mermaid(hears),
            "```\n\n## Who hears what\n",
            *_matrix(facts, heard),
            "\n## The facts",
            *(line for type_, kind in facts.items() for line in _fact(type_, kind)),
            "",
        ]
    )


def _matrix(facts: Mapping[str, type[Event]], heard: Mapping[str, frozenset[str]]) -> Iterator[str]:
    yield f"| fact | {' | '.join(heard)} |"
    yield f"|---|{':-:|' * len(heard)}"
    for type_, kind in facts.items():
        marks = ("says" if service == kind.speaker() else "hears" if type_ in types else "" for service, types in heard.items())
        yield f"| `{type_}`{' (personal)' if kind.personal else ''} | {' | '.join(marks)} |"


def _fact(type_: str, kind: type[Event]) -> Iterator[str]:
    schema = body_schema(kind)
    yield f"\n### `{type_}`\n\n{meaning(kind)}"
    if kind.personal:
        yield f"\nOnly {', '.join(sorted(kind.hearers))} may hear it."
    yield "\n| field | form | |\n|---|---|---|"
    for name, field in schema["properties"].items():
        yield f"| `{name}` | {_form(field)} | {'' if name in schema['required'] else 'optional'} |"
    for name, piece in schema.get("$defs", {}).items():
        fields = ", ".join(f"`{field}` {_form(form)}" for field, form in piece.get("properties", {}).items())
        yield f"\n{name}: {fields}"


def _form(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_form(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_form(schema['items'])}"
    if schema.get("type") == "object":
        return f"map to {_form(schema.get('additionalProperties', {}))}"
    return str(schema.get("format") or schema.get("type") or "anything")
