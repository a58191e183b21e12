"""Operators see one line per request, bounded metrics and honest probes, and never a person's data."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from shared import logs
from shared.cause import Cause, bound
from shared.database import new_id
from shared.settings import settings
from tests.callers import called_by, once

CLERK = "parts_clerk"


class Log(io.StringIO):
    """What a process would have written to stderr."""

    def lines(self, event: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.getvalue().splitlines()) if line["event"] == event]


@pytest.fixture
def log(doorbell: httpx.AsyncClient) -> Iterator[Log]:
    written = Log()
    before = logging.getLogger().handlers[:], logging.getLogger().level
    logs.set_up("doorbell", settings(), to=written)
    yield written
    logging.getLogger().handlers[:] = before[0]
    logging.getLogger().setLevel(before[1])


def _app(door: httpx.AsyncClient) -> FastAPI:
    app = door._transport.app  # type: ignore[attr-defined]
    assert isinstance(app, FastAPI)
    return app


async def test_a_request_leaves_one_line_without_its_address(doorbell: httpx.AsyncClient, log: Log) -> None:
    answer = await doorbell.get("/search?words=沪A12345", headers=called_by(CLERK, subject="wang.fang"))
    (line,) = log.lines("request")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/search", 200)
    assert (line["service"], line["level"], line["actor"]) == ("doorbell", "info", "user:wang.fang")
    assert line["request_id"] == answer.headers["x-request-id"]
    assert len(line["trace_id"]) == 32
    assert "12345" not in log.getvalue()


async def test_probes_leave_no_line(doorbell: httpx.AsyncClient, log: Log) -> None:
    for path in ("/livez", "/readyz", "/metrics"):
        assert (await doorbell.get(path)).status_code == 200
    assert log.lines("request") == []


async def test_a_refused_token_leaves_its_reason_in_the_log_only(doorbell: httpx.AsyncClient, log: Log) -> None:
    answer = await doorbell.get("/notes", headers={"Authorization": "Bearer secret-token"})
    assert log.lines("request")[0]["why"]
    assert "secret-token" not in log.getvalue()
    assert log.lines("request")[0]["why"] not in answer.text


async def test_a_refusal_leaves_its_code_in_the_log(doorbell: httpx.AsyncClient, log: Log) -> None:
    await doorbell.get("/notes", headers=called_by("cashier"))
    await doorbell.get("/slow", headers=called_by(CLERK))
    assert [line["why"] for line in log.lines("request")] == ["not_allowed", "DBAPIError 57014"]


async def test_personal_words_never_reach_the_log(doorbell: httpx.AsyncClient, log: Log) -> None:
    note = {"store_id": "sh01", "words": "Zhang San 13800138000"}
    made = await doorbell.post("/notes", json=note, headers=called_by(CLERK) | once())
    headers = called_by(CLERK) | once() | {"If-Match": '"0"'}
    await doorbell.post(f"/notes/{made.json()['id']}/pin", headers=headers)
    (pinned,) = log.lines("pinned")
    assert (pinned["store"], pinned["actor"]) == ("sh01", "user:lin.wei")
    assert "13800138000" not in log.getvalue()
    assert "Zhang" not in log.getvalue()


async def test_a_defect_is_logged_with_its_place(doorbell: httpx.AsyncClient, log: Log) -> None:
    answer = await doorbell.get("/broken")
    (line,) = log.lines("request failed")
    assert (line["error"], line["level"]) == ("RuntimeError", "error")
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "app.py" in line["at"][-1]


def test_a_line_names_its_cause_and_repair_order(log: Log) -> None:
    because = Cause(new_id(), "service:parts", ("sh01",), correlation=new_id())
    with bound(because):
        structlog.get_logger("test").warning("something", phone="13800138000", vin="LSVAU2180N2183294")
    (line,) = log.lines("something")
    assert (line["event_id"], line["ro_id"]) == (str(because.id), str(because.correlation))
    assert not {"phone", "vin"} & line.keys()


def test_a_database_error_is_logged_without_statement_and_values(log: Log) -> None:
    class Violation(Exception):
        sqlstate, table_name, constraint_name = "23505", "vehicles", "uq_vehicles_vin"

    error = IntegrityError("INSERT INTO vehicles", {"vin": "LSVAU2180N2183294"}, Violation("Key (vin)=(LSVAU2180N2183294)"))
    structlog.get_logger("test").error("not written", exc_info=error)
    assert log.lines("not written")[0]["reason"] == "SQLSTATE 23505 vehicles uq_vehicles_vin"
    assert "LSVAU2180N2183294" not in log.getvalue()


def test_lines_of_libraries_have_the_same_form(log: Log) -> None:
    logging.getLogger("some.library").warning("it %s", "happened")
    (line,) = log.lines("it happened")
    assert {"ts", "level", "service"} <= line.keys()


async def test_requests_are_measured_by_route_and_never_by_address(doorbell: httpx.AsyncClient) -> None:
    note_id = new_id()
    await doorbell.get(f"/notes/{note_id}", headers=called_by(CLERK))
    await doorbell.get("/nowhere/at/all")
    shown = (await doorbell.get("/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(shown)}
    labels = [sample.labels for sample in families["http_server_request_duration_seconds"].samples]
    assert {"service": "doorbell", "route": "/notes/{note_id}", "method": "GET", "status_class": "4xx"}.items() in [
        {name: value for name, value in label.items() if name != "le"}.items() for label in labels
    ]
    assert "(unknown)" in {label["route"] for label in labels}
    assert str(note_id) not in shown


async def test_a_missing_broker_degrades_but_stays_ready(doorbell: httpx.AsyncClient) -> None:
    answer = await doorbell.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "not_ready": [], "broker": "degraded"})


async def test_unsafe_durability_is_not_ready(doorbell: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    health = _app(doorbell).state.health
    async with health.database.hearing() as session:
        unsafe = await session.scalar(text("SELECT current_setting('fsync') = 'off'"))
    monkeypatch.setattr(health, "settings", health.settings.model_copy(update={"allow_unsafe_durability": False}))
    answer = await doorbell.get("/readyz")
    assert ("durability: fsync" in answer.json()["not_ready"]) == unsafe
    assert answer.status_code == (503 if answer.json()["not_ready"] else 200)


async def test_a_schema_of_another_release_is_not_ready(doorbell: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_app(doorbell).state.health, "head", "0002")
    answer = await doorbell.get("/readyz")
    assert (answer.status_code, answer.json()["not_ready"]) == (503, ["migrations"])


async def test_a_leaving_process_is_alive_but_not_ready(doorbell: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_app(doorbell).state.health, "stopping", True)
    assert (await doorbell.get("/readyz")).json()["not_ready"] == ["stopping"]
    assert (await doorbell.get("/livez")).status_code == 200


async def test_a_dead_background_task_makes_the_process_dead(
    doorbell: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died:
        alive = False

    monkeypatch.setattr(_app(doorbell).state.health, "tasks", [Died()])
    answer = await doorbell.get("/livez")
    assert (answer.status_code, answer.text) == (503, "a background task died\n")


async def test_a_crowded_service_says_so_and_stays_alive(doorbell: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.service.requests.MOST_AT_ONCE", 0)
    answer = await doorbell.get("/notes", headers=called_by(CLERK))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "1")
    assert (await doorbell.get("/livez")).status_code == 200
    monkeypatch.undo()
    assert (await doorbell.get("/notes", headers=called_by(CLERK))).status_code == 200
