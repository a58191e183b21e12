"""The rules of docs/decisions that a reviewer would otherwise have to remember."""

import ast
from pathlib import Path

import pytest

from shared.events import catalogue
from shared.settings import NEIGHBOURS, SERVICES
from tests.architecture.reading import ROOT, attributes, calls, modules, name, tree

LOOP = tuple(service for service in SERVICES if service != "console")
ROOMS = {"__init__", "app", "api", "commands", "domain", "handlers", "inbox", "queries", "migrations"}
NO_NOUN = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "core"}


def test_only_the_relay_publishes() -> None:
    """Every message leaves through publish_confirmed (decisions: own outbox and relay)."""
    found = [
        f"{name(file)}:{line}"
        for file in modules()
        for called, line in calls(file)
        if called in {"publish", "basic_publish"} and name(file) != "shared/relay/publishing.py"
    ]
    assert found == []


def test_only_doors_open_and_close_transactions() -> None:
    """Handlers, rules and queries work in the transaction that they are given."""
    rooms = {"domain", "handlers", "queries", "commands"}
    found = [
        f"{name(file)}:{line}"
        for file in modules("services")
        if rooms & {part.removesuffix(".py") for part in file.relative_to(ROOT).parts[2:]}
        for called, line in calls(file)
        if called in {"begin", "commit", "rollback", "transaction", "sessions", "hearing"}
        and not (called == "begin" and "domain" in name(file))
    ]
    assert found == []


@pytest.mark.parametrize("service", LOOP)
def test_the_api_room_runs_no_selects(service: str) -> None:
    """What is read is named in queries; routes open the door and build the answer."""
    found = [
        f"{name(file)}:{line}"
        for file in modules("services")
        if service in file.parts and "api" in {part.removesuffix(".py") for part in file.parts}
        for called, line in calls(file)
        if called in {"select", "scalar", "scalars", "execute"}
    ]
    assert found == []


def test_nobody_opens_a_savepoint() -> None:
    """A rolled-back savepoint would forget the facts that were announced before it (shared/outbox.py)."""
    assert [f"{name(file)}:{line}" for file in modules() for called, line in calls(file) if called == "begin_nested"] == []


def test_only_the_clock_reads_the_time() -> None:
    """Every moment comes from clock.now(), which tests can stop."""
    forbidden = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    found = [
        f"{name(file)}:{line}"
        for file in modules()
        for used, line in attributes(file)
        if used in forbidden and name(file) != "shared/clock.py"
    ]
    assert found == []


@pytest.mark.parametrize("service", LOOP)
def test_the_five_services_have_the_same_rooms(service: str) -> None:
    """`ls` tells the same story in every service; a room is a file, or a folder of the same name."""
    folder = ROOT / "services" / service
    found = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    found |= {"migrations"} if (folder / "migrations" / "env.py").exists() else set()
    assert found == ROOMS


@pytest.mark.parametrize("service", LOOP)
def test_a_subject_has_the_same_name_in_every_room(service: str) -> None:
    """What is a folder in several rooms holds files of the domain's subjects."""
    folder = ROOT / "services" / service
    subjects = {
        room: {file.stem for file in (folder / room).glob("*.py")} - {"__init__"} for room in ("domain", "handlers", "api")
    }
    if subjects["domain"] and subjects["handlers"]:
        assert subjects["handlers"] & subjects["domain"], "handlers name their files after the domain's subjects"


def test_no_module_is_named_without_a_noun() -> None:
    assert [name(file) for file in modules() if {part.removesuffix(".py") for part in file.parts} & NO_NOUN] == []


def test_every_module_says_what_it_is_for() -> None:
    everywhere = modules("shared", "services", "deploy", "benchmarks", "tests")
    silent = [name(file) for file in everywhere if not ast.get_docstring(tree(file)) and file.read_text().strip()]
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")
    found = [f"{name(file)}: {mark}" for file in modules() for mark in marks if mark in file.read_text()]
    assert found == []


def test_requests_take_strict_fields_only() -> None:
    """No bare str, int or float in a command: every text has a length, every figure a unit and bounds (reliability)."""
    found = [
        f"{name(file)}:{node.lineno}"
        for file in modules("services")
        if "commands" in name(file)
        for owner in ast.walk(tree(file))
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.AnnAssign)
        and {"str", "int", "float"} & {n.id for n in ast.walk(node.annotation) if isinstance(n, ast.Name)}
    ]
    assert found == []


def test_money_is_never_a_float() -> None:
    """Money is integer fen: no float() and no float annotation in any rule that knows money."""
    found = [
        f"{name(file)}:{node.lineno}"
        for file in modules("services")
        if "domain" in name(file) and "_fen" in file.read_text()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Name) and node.id == "float"
    ]
    assert found == []


def test_every_fact_is_a_fact_of_one_of_the_five_or_of_a_neighbour() -> None:
    assert {kind.speaker() for kind in catalogue().values()} <= {*LOOP, *NEIGHBOURS}


def test_the_project_speaks_of_itself_only() -> None:
    """No path of a machine and no address of a package index in any file that is kept."""
    words = ("/wo" + "rk/", "/fa" + "rm/", "pypi." + "org", "index" + "-url =")
    kept = [path for path in ROOT.rglob("*") if path.is_file() and not _left_out(path)]
    found = [f"{name(path)}: {word}" for path in kept for word in words if word in path.read_text(errors="ignore")]
    assert found == []


def _left_out(path: Path) -> bool:
    hidden = [part for part in path.relative_to(ROOT).parts if part.startswith(".") and part != ".ci"]
    return bool(hidden) or "__pycache__" in path.parts or path.suffix in {".png", ".egg-info"}
