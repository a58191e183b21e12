"""What the guide for other systems tells them to do works, and is enough."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pytest

from shared.events.reception import InvoiceIssued
from shared.relay import publish_confirmed
from shared.settings import Settings
from shared.topology.management import check
from tests.stack import Stack
from tests.virtual_hosts import a_virtual_host

ROOT = Path(__file__).resolve().parents[2]
NAME = "sub.finance"
PASSWORD = "of-this-test-only"


@pytest.fixture
async def here(stack: Stack) -> AsyncIterator[Settings]:
    """A virtual host where finance has a queue, as the guide's document gives it."""
    guide = (ROOT / "docs" / "subscribing.md").read_text()
    document = json.loads(guide.partition("```json\n")[2].partition("```")[0].replace("<password>", PASSWORD))
    async with a_virtual_host(stack.settings, {"console": [InvoiceIssued], "reception": []}) as (settings, topology, broker):
        here = json.loads(json.dumps(document).replace('"vhost": "loop4s"', f'"vhost": "{settings.vhost}"'))
        await broker.ask("POST", "definitions", json=here)
        try:
            assert await check(topology, broker) == []
            yield settings
        finally:
            await broker.ask("DELETE", "users", NAME)


async def test_the_example_acts_once_per_fact_and_ignores_older_ones(here: Settings, tmp_path: Path) -> None:
    """K9"""
    golden = json.loads((ROOT / "tests" / "events" / "golden" / f"{InvoiceIssued.type}.json").read_text())
    first = a_fact(golden, "01990000-0000-7000-8000-000000000001", version=2)
    older = a_fact(golden, "01990000-0000-7000-8000-000000000002", version=1)
    newer = a_fact(golden, "01990000-0000-7000-8000-000000000003", version=3)
    async with await aio_pika.connect(here.broker_url("reception")) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        for fact in (first, first, older, newer):
            await publish_confirmed(channel, "events", f"sh01.{InvoiceIssued.type}", fact)
    said = f"sh01 {InvoiceIssued.type} {golden['body']}"
    assert await heard(here, tmp_path, 4) == [said, "known already", "older than what is known", said]


async def heard(here: Settings, folder: Path, lines: int) -> list[str]:
    """The first lines that the example prints."""
    address = urlsplit(here.broker)
    url = address._replace(netloc=f"{NAME}:{PASSWORD}@{address.netloc}").geturl()
    example = await asyncio.create_subprocess_exec(
        *(sys.executable, ROOT / "docs" / "examples" / "subscriber.py", NAME),
        env={**os.environ, "AMQP_URL": url, "HEARD": str(folder / "heard.sqlite3")},
        stdout=PIPE,
    )
    assert example.stdout
    try:
        async with asyncio.timeout(30):
            return [(await example.stdout.readline()).decode().rstrip("\n") for _ in range(lines)]
    finally:
        example.kill()
        await example.wait()


def a_fact(golden: dict[str, Any], id: str, *, version: int) -> aio_pika.Message:
    headers = {**golden["headers"], "cloudEvents:id": id, "cloudEvents:storeid": "sh01", "cloudEvents:version": version}
    return aio_pika.Message(json.dumps(golden["body"]).encode(), headers=headers, message_id=id, type=InvoiceIssued.type)
