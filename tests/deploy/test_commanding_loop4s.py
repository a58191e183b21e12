"""The command line answers a wrong call and a missing server with one line, never with a stack trace."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.command import main
from shared.settings import NEIGHBOURS, SERVICES, settings, stores

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def loop4s(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Calls the command line with these settings and secrets only; exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name in ("LOOP4S_SECRETS_FOLDER", "LOOP4S_BROKER", "LOOP4S_POSTGRES", "LOOP4S_STORES_FILE"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, **environment: str) -> tuple[int, str, str]:
        for name, value in environment.items():
            monkeypatch.setenv(f"LOOP4S_{name.upper()}", value)
        settings.cache_clear()
        stores.cache_clear()
        with pytest.raises(SystemExit) as left:
            main([*arguments])
        settings.cache_clear()
        stores.cache_clear()
        return left.value.code, *capsys.readouterr()  # type: ignore[return-value]

    return call


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (["dead", "list", "--bogus"], "loop4s: No such option: --bogus"),
        (["nothing"], "loop4s: No such command 'nothing'."),
        (["serve"], "loop4s: Missing argument 'service'."),
        (
            ["serve", "sales"],
            f"loop4s: Invalid value for 'service': there is no service sales; there are {', '.join(SERVICES)}",
        ),
        (["dead", "discard"], "loop4s: Invalid value: say which letters: a service, a filter, or --all"),
        (["events", "schema", "sales.lost.v1"], "loop4s: Invalid value: there is no fact sales.lost.v1 (loop4s events list)"),
        (["token", "lin.wei", "--grant", "advisor"], "loop4s: Invalid value: advisor is no grant; write store=role[,role…]"),
    ],
)
def test_a_wrong_call_is_answered_with_one_line(loop4s: Call, call: list[str], line: str) -> None:
    assert loop4s(*call) == (2, "", f"{line}\n")


@pytest.mark.parametrize("since", ["yesterday", "2026-11-21T08:00"])
def test_a_moment_needs_its_time_zone(loop4s: Call, since: str) -> None:
    code, _, told = loop4s("resend", "parts", "--to", "console", "--since", since)
    assert code == 2
    assert told.endswith("write it like 2026-11-21T08:00+08:00\n")


def test_a_missing_secret_is_named(loop4s: Call) -> None:
    code, _, told = loop4s("dead", "list")
    assert (code, told.count("\n")) == (1, 1)
    assert "no secret broker_operator: put it into a file of that name" in told


def test_a_setting_of_a_wrong_form_is_named(loop4s: Call) -> None:
    told = "loop4s: these settings have a wrong form: LOOP4S_HTTP_PORT\n"
    assert loop4s("health", http_port="eighty") == (1, "", told)


@pytest.mark.parametrize("call", [["dead", "list", "parts"], ["topology", "check"], ["migrate", "parts"], ["health"]])
def test_a_server_that_is_not_there_is_told_in_one_line(loop4s: Call, call: list[str]) -> None:
    nobody = f"127.0.0.1:{a_free_port()}"
    secrets = {f"secret_broker_{name}": "x" for name in (*SERVICES, "operator", "monitoring", "loop4s_admin")}
    code, _, told = loop4s(
        *call, broker=f"amqp://{nobody}/v", broker_management=f"http://{nobody}", postgres=nobody, http_port=nobody[10:],
        secret_database_parts_owner="x", broker_admin="loop4s_admin", **secrets,
    )  # fmt: skip
    assert (code, told.count("\n")) == (1, 1)
    assert told.startswith("loop4s: ")
    assert nobody in told or nobody[10:] in told


def test_the_doctor_names_what_is_missing_and_its_remedy(loop4s: Call, tmp_path: Path) -> None:
    (tmp_path / "stores.json").write_text(
        json.dumps([{"code": "sh01", "name_zh": "沪", "name_en": "S", "time_zone": "Mars/Base"}])
    )
    nobody = f"127.0.0.1:{a_free_port()}"
    code, told, _ = loop4s("doctor", postgres=nobody, stores_file=str(tmp_path / "stores.json"), secret_broker_parts="x")
    lines = told.splitlines()
    assert code == 1
    assert f"MISSING  PostgreSQL at {nobody}: Connection refused: start it, or set LOOP4S_POSTGRES" in lines
    assert "ok       secret broker_parts" in lines
    assert any(line.startswith("MISSING  list of stores: ") and line.endswith("is no time zone") for line in lines)
    assert any(line.startswith("MISSING  secret database_parts_owner: ") for line in lines)


def test_the_topology_is_shown_without_a_broker(loop4s: Call) -> None:
    code, told, _ = loop4s("topology", "show", broker="amqp://127.0.0.1:1/shop")
    assert code == 0
    assert "vhost     shop" in told
    assert "            from events by *.reception.work_authorised.v1" in told
    code, told, _ = loop4s("topology", "show", "--mermaid")
    assert told.startswith("flowchart LR\n")


def test_exported_definitions_are_always_the_same_and_hold_no_password(loop4s: Call) -> None:
    passwords = {f"secret_broker_{name}": f"pass-{name}" for name in (*SERVICES, *NEIGHBOURS, "operator", "monitoring")}
    first, second = (loop4s("topology", "export", "--users", **passwords) for _ in range(2))
    assert first == second
    assert first[0] == 0
    document = json.loads(first[1])
    assert {user["name"] for user in document["users"]} == {*SERVICES, *NEIGHBOURS, "operator", "monitoring"}
    assert "pass-" not in first[1]
    assert {queue["arguments"]["x-queue-type"] for queue in document["queues"]} == {"quorum"}


def a_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
