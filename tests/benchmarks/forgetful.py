"""A contestant that would win any race: it answers every arrival twice and remembers nothing."""

import asyncio

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from pamqp.common import FieldValue

from benchmarks.hop import EXCHANGE, QUEUE, SAID_KEY, Bench


async def run(bench: Bench) -> None:
    """Do as if, until cancelled."""
    async with await aio_pika.connect(bench.broker) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(EXCHANGE)

        async def answer(message: AbstractIncomingMessage) -> None:
            for _ in range(2):
                headers: dict[str, FieldValue] = {"cloudEvents:causationid": str(message.message_id)}
                await exchange.publish(aio_pika.Message(b"{}", headers=headers), SAID_KEY)
            await message.ack()

        await (await channel.get_queue(QUEUE)).consume(answer)
        await asyncio.Event().wait()
