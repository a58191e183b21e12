"""What breaks a published schema.  Hearers of the old class must read new facts, and today's class must read old facts
(from queues, journals and archives): so nothing may change but words for people, and fields may be added when optional."""

from collections.abc import Iterator, Mapping
from typing import Any

FOR_PEOPLE = frozenset({"title", "description", "default", "examples", "$id", "$schema", "$defs"})
OBJECT = frozenset({"properties", "required"})


def breaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Every place where `new` breaks `old`, one sentence each; empty when hearers may go on as they are."""
    return list(_differences(old, new, ""))


def _differences(old: Any, new: Any, at: str, old_defs: Any = None, new_defs: Any = None) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        old_defs, new_defs = old.get("$defs", old_defs), new.get("$defs", new_defs)
        old, new = _resolved(old, old_defs), _resolved(new, new_defs)
        yield from _fields(old, new, at, old_defs, new_defs)
        for key in sorted((old.keys() | new.keys()) - FOR_PEOPLE - OBJECT):
            if key not in old or key not in new:
                yield f"{at or 'the message'} {'lost' if key in old else 'has a new'} {key}"
            else:
                place = at if key in {"items", "additionalProperties"} else f"{at} ({key})".strip()
                yield from _differences(old[key], new[key], place, old_defs, new_defs)
    elif (
        isinstance(old, list)
        and isinstance(new, list)
        and len(old) == len(new)
        and all(isinstance(part, Mapping) for part in old)
    ):
        for before, after in zip(old, new, strict=True):
            yield from _differences(before, after, at, old_defs, new_defs)
    elif old != new:
        yield f"{at} was {old} and is {new}"


def _fields(old: Mapping[str, Any], new: Mapping[str, Any], at: str, old_defs: Any, new_defs: Any) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() | after.keys()):
        place = f"{at}.{name}".strip(".")
        if name not in after:
            yield f"{place} is gone"
        elif name in needed_after - needed_before:
            yield f"{place} is newly required"
        elif name in needed_before - needed_after:
            yield f"{place} is no longer required"
        if name in before and name in after:
            yield from _differences(before[name], after[name], place, old_defs, new_defs)


def _resolved(schema: Mapping[str, Any], defs: Any) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = {**{key: value for key, value in schema.items() if key != "$ref"}, **defs[schema["$ref"].rpartition("/")[2]]}
    return schema
