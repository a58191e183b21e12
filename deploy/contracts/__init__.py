"""The published language as documents: JSON Schemas, an AsyncAPI description, and the catalogue with the event map.

They are made from the event classes and from what every service hears, and kept in docs/contracts.  A published schema is
never overwritten by one that breaks it.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from deploy.contracts.asyncapi import asyncapi
from deploy.contracts.compatibility import breaks
from deploy.contracts.overview import overview
from deploy.contracts.schemas import message_schema
from shared.events import Event, catalogue

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "contracts"


class BreakingChange(Exception):
    """A published fact would change its meaning for those who hear it; the text names every place."""


def documents(hears: Mapping[str, Iterable[type[Event]]]) -> dict[str, str]:
    """Every generated document by its path within docs/contracts."""
    facts = catalogue()
    schemas = {f"schemas/{type_}.json": _json(message_schema(kind)) for type_, kind in facts.items()}
    return {**schemas, "asyncapi.json": _json(asyncapi(facts, hears)), "events.md": overview(facts, hears)}


def write(hears: Mapping[str, Iterable[type[Event]]], folder: Path = FOLDER) -> list[Path]:
    """Write the documents; the files that changed.  BreakingChange, and nothing is written, when a published schema breaks."""
    if broken := broken_promises(folder):
        raise BreakingChange("; ".join(broken) + " - publish a new version of the fact beside the old one")
    changed = []
    for name, text in documents(hears).items():
        file = folder / name
        if not file.exists() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            changed.append(file)
    return changed


def broken_promises(folder: Path = FOLDER, facts: Mapping[str, type[Event]] | None = None) -> list[str]:
    """Where today's event classes break what was published, one sentence each."""
    facts = catalogue() if facts is None else facts
    found = []
    for file in sorted((folder / "schemas").glob("*.json")):
        if (kind := facts.get(file.stem)) is None:
            found.append(f"{file.stem} was published and is gone")
        else:
            found += [f"{file.stem}: {place}" for place in breaks(json.loads(file.read_text()), message_schema(kind))]
    return found


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
