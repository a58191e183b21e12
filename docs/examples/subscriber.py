"""The smallest right subscriber: reads one queue, acts once per fact, survives restarts on both sides.

    AMQP_URL='amqp://sub.finance:<password>@<host>:5672/loop4s' python subscriber.py sub.finance

Needs `pip install aio-pika`.  The file `heard.sqlite3` stands for the subscriber's own database.
"""

import asyncio
import json
import os
import sqlite3
import sys

import aio_pika
from aio_pika.abc import AbstractIncomingMessage


def remember(book: sqlite3.Connection) -> None:
    book.executescript(
        "CREATE TABLE IF NOT EXISTS heard (id TEXT PRIMARY KEY);"
        "CREATE TABLE IF NOT EXISTS newest"
        " (type TEXT, subject TEXT, epoch INT, version INT, body TEXT, PRIMARY KEY (type, subject));"
    )


def apply_once(book: sqlite3.Connection, message: AbstractIncomingMessage) -> str:
    """Effect and id in one transaction; older facts of the same thing change nothing."""
    told = {name.removeprefix("cloudEvents:"): value for name, value in message.headers.items()}
    with book:
        if not book.execute("INSERT OR IGNORE INTO heard VALUES (?)", [message.message_id]).rowcount:
            return "known already"
        newer = book.execute(
            "INSERT INTO newest VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " epoch = excluded.epoch, version = excluded.version, body = excluded.body"
            " WHERE (excluded.epoch, excluded.version) > (epoch, version)",
            [told["type"], told["subject"], told["epoch"], told["version"], message.body.decode()],
        ).rowcount
    return f"{told['storeid']} {told['type']} {json.loads(message.body)}" if newer else "older than what is known"


async def main(queue_name: str) -> None:
    book = sqlite3.connect(os.environ.get("HEARD", "heard.sqlite3"))
    remember(book)
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"], heartbeat=10)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=50)
        queue = await channel.get_queue(queue_name, ensure=False)  # without the right to declare
        async with queue.iterator() as facts:
            async for message in facts:
                print(apply_once(book, message), flush=True)  # noqa: T201
                await message.ack()  # only now: what is not acknowledged comes again


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
