"""What was published stays readable: golden messages, schemas that only grow, documents that are current."""

import json
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import pytest

from deploy import contracts
from deploy.contracts.compatibility import breaks
from deploy.contracts.schemas import message_schema
from deploy.hears import all_hears
from shared.events import Event, catalogue, envelope
from shared.logs import PERSONAL
from tests.events.samples import GOLDEN

FACTS = catalogue()
every_fact = pytest.mark.parametrize("kind", FACTS.values(), ids=FACTS.keys())


@every_fact
def test_a_golden_message_is_read_by_todays_class_and_said_again_alike(kind: type[Event]) -> None:
    golden = golden_of(kind)
    read, fact = envelope.parse(FACTS, golden["headers"], json.dumps(golden["body"]).encode(), f"sh01.{kind.type}")
    assert json.loads(fact.model_dump_json(exclude_unset=True)) == golden["body"]
    again = envelope.headers(
        id=read.id,
        type=read.type,
        time=read.time,
        about=read.about,
        causation=golden["headers"]["cloudEvents:causationid"],
        actor=read.actor,
        business_date=golden["headers"]["cloudEvents:businessdate"],
        traceparent=read.traceparent,
    )
    assert again == golden["headers"]


@every_fact
def test_a_golden_message_fits_its_published_schema(kind: type[Event]) -> None:
    """K9: other systems of the group can rely on the schema."""
    schema = json.loads((contracts.FOLDER / "schemas" / f"{kind.type}.json").read_text())
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(golden_of(kind))] == []


def test_every_golden_message_is_of_a_published_fact() -> None:
    assert sorted(file.stem for file in GOLDEN.glob("*.json")) == sorted(FACTS)


@every_fact
def test_a_general_fact_holds_nothing_personal(kind: type[Event]) -> None:
    names = set(field_names(message_schema(kind)["properties"]["body"]))
    assert kind.personal == bool(names & PERSONAL)


@every_fact
def test_a_personal_fact_names_its_hearers_and_no_other_does(kind: type[Event]) -> None:
    assert kind.personal == bool(kind.hearers)


@every_fact
def test_units_are_in_the_names_of_numbers(kind: type[Event]) -> None:
    units = ("_fen", "_milli", "_minutes", "_bp", "_km", "_days")
    counts = {"damage_marks", "photos", "number", "line_count", "rework_no", "reworks", "lowest_score", "scores"}
    counts |= {"item_count", "not_ok_count", "reopenings"}
    counts |= {"amount"}  # of a leg, whose unit stands beside it
    numbers = set(number_names(message_schema(kind)["properties"]["body"]))
    assert {name for name in numbers if not name.endswith(units)} <= counts


def test_no_published_fact_is_broken() -> None:
    assert contracts.broken_promises() == []


def test_the_documents_are_current() -> None:
    """`make docs` brings them up to date."""
    documents = contracts.documents(all_hears())
    assert [name for name, text in documents.items() if (contracts.FOLDER / name).read_text() != text] == []


class Before(Event):
    """A fact as it was published once."""

    type: ClassVar[str] = "parts.shelf_counted.v1"
    counted: int
    shelf: str
    outcome: str | None = None


def test_a_field_that_is_gone_breaks_the_fact(tmp_path: Path) -> None:
    class Now(Event):
        type: ClassVar[str] = Before.type
        counted: int
        outcome: str | None = None

    assert found(tmp_path, Now) == ["parts.shelf_counted.v1: body.shelf is gone"]


def test_a_newly_required_field_breaks_the_fact(tmp_path: Path) -> None:
    class Now(Before):
        counted_by: str

    assert found(tmp_path, Now) == ["parts.shelf_counted.v1: body.counted_by is newly required"]


def test_a_field_of_another_type_breaks_the_fact(tmp_path: Path) -> None:
    class Now(Before):
        counted: str  # type: ignore[assignment]

    assert found(tmp_path, Now) == ["parts.shelf_counted.v1: body.counted (type) was integer and is string"]


def test_a_fact_that_is_gone_is_found(tmp_path: Path) -> None:
    publish(tmp_path, Before)
    assert contracts.broken_promises(tmp_path, {}) == ["parts.shelf_counted.v1 was published and is gone"]


def test_a_new_optional_field_breaks_nothing(tmp_path: Path) -> None:
    class Now(Before):
        """Told in other words."""

        counted_by: str | None = None

    assert found(tmp_path, Now) == []


@pytest.mark.parametrize("values", [["open"], ["open", "shut", "ajar"], ["shut", "open"]])
def test_a_narrowed_or_widened_list_of_values_breaks_the_fact(values: list[str]) -> None:
    old, new = (
        {"properties": {"state": {"$ref": "#/$defs/S"}}, "$defs": {"S": {"enum": enum}}} for enum in (["open", "shut"], values)
    )
    assert breaks(old, old) == []
    assert breaks(old, new) == [f"state (enum) was ['open', 'shut'] and is {values}"]


def test_documents_do_not_overwrite_a_broken_promise(tmp_path: Path) -> None:
    publish(tmp_path, Before)
    with pytest.raises(contracts.BreakingChange, match="publish a new version"):
        contracts.write({}, tmp_path)
    assert [file.name for file in tmp_path.rglob("*.json")] == [f"{Before.type}.json"]


def publish(folder: Path, kind: type[Event]) -> None:
    (folder / "schemas").mkdir()
    (folder / "schemas" / f"{kind.type}.json").write_text(json.dumps(message_schema(kind)))


def found(folder: Path, now: type[Event]) -> list[str]:
    publish(folder, Before)
    return contracts.broken_promises(folder, {now.type: now})


def golden_of(kind: type[Event]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((GOLDEN / f"{kind.type}.json").read_text())
    return read


def field_names(schema: dict[str, Any]) -> list[str]:
    pieces = [schema, *schema.get("$defs", {}).values()]
    return [name for piece in pieces for name in piece.get("properties", {})]


def number_names(schema: dict[str, Any]) -> list[str]:
    pieces = [schema, *schema.get("$defs", {}).values()]
    fields = [field for piece in pieces for field in piece.get("properties", {}).items()]
    return [name for name, form in fields if '"integer"' in json.dumps(form) or '"number"' in json.dumps(form)]
