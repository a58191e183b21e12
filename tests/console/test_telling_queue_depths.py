"""Queue depths, as the broker's monitoring user sees them."""

import asyncio

import aio_pika

from deploy.hears import all_hears
from services.console.live.queue_depths import QueueDepths, depths_of
from shared import topology
from shared.settings import Settings
from shared.topology import management
from tests.stack import Stack


def test_the_rungs_of_a_ladder_count_together_and_strangers_not_at_all() -> None:
    depths = depths_of(
        [
            {"name": "parts", "messages": 3}, {"name": "parts.retry.1s", "messages": 1},
            {"name": "parts.retry.10s", "messages": 2}, {"name": "parts.dead", "messages": 4}, {"name": "claims"},
            {"name": "somebody.else", "messages": 9},
        ]
    )  # fmt: skip
    assert depths["parts"] == {"work": 3, "retry": 3, "dead": 4}
    assert depths["claims"] == {"work": 0, "retry": 0, "dead": 0}
    assert "somebody" not in depths


async def test_depths_of_a_real_broker_are_told_to_the_monitoring_user(stack: Stack) -> None:
    """K9."""
    wanted = topology.topology_of(all_hears(), stack.settings)
    async with management.management(stack.settings) as broker:
        await management.apply(wanted, broker)
    async with await aio_pika.connect(stack.settings.broker_url("operator")) as connection:
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.get_exchange("console.own", ensure=False)
        await exchange.publish(aio_pika.Message(b"{}"), routing_key="dead", mandatory=True)
    changed = asyncio.Event()
    depths = QueueDepths(stack.settings, changed.set)
    asking = asyncio.create_task(depths.run())
    try:
        async with asyncio.timeout(30):
            while not depths.now or depths.now["console"]["dead"] != 1:
                await changed.wait()
                changed.clear()
    finally:
        asking.cancel()


async def test_depths_are_unknown_when_nobody_answers(stack: Stack) -> None:
    nowhere = stack.settings.model_copy(update={"broker_management": "http://127.0.0.1:9"})
    depths = QueueDepths(nowhere, lambda: None)
    asking = asyncio.create_task(depths.run())
    await asyncio.wait([asking], timeout=0.5)
    assert depths.now is None and not asking.done()
    asking.cancel()


async def test_without_the_monitoring_users_secret_depths_stay_unknown() -> None:
    depths = QueueDepths(Settings(secrets_folder=None), lambda: None)
    await depths.run()
    assert depths.now is None
