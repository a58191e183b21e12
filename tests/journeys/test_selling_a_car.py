"""The vehicle-sales system tells of a sold car, and the loop is ready for it."""

import json
from pathlib import Path
from typing import Any

import aio_pika
import httpx
import pytest

from deploy.installation import Services
from shared.relay import publish_confirmed
from shared.topology import EVENTS
from tests.callers import called_by
from tests.shared.turnstile import until
from tests.stack import Stack

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "subscribing.md"
EXAMPLE: dict[str, Any] = json.loads(
    GUIDE.read_text().partition("## The sales system speaks")[2].partition("```json\n")[2].partition("```")[0]
)
"""What the guide tells the sales system to publish."""
VIN = EXAMPLE["body"]["vin"]


async def publish(stack: Stack) -> None:
    """The example, as the sales system's own user."""
    headers = EXAMPLE["headers"]
    id, type_ = headers["cloudEvents:id"], headers["cloudEvents:type"]
    body = json.dumps(EXAMPLE["body"]).encode()
    async with await aio_pika.connect(stack.settings.broker_url("sales")) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        message = aio_pika.Message(body, headers=headers, message_id=id, type=type_)
        await publish_confirmed(channel, EVENTS, EXAMPLE["routing_key"], message)


async def test_a_sold_car_enters_by_the_sales_system_s_own_user(group: Services, stack: Stack) -> None:
    """K10: the guide's example, said twice over the broker, to files at reception and a first maintenance at follow-up."""
    await publish(stack)
    await publish(stack)
    found: dict[str, Any] = {}
    async with httpx.AsyncClient(timeout=20) as client:

        async def known() -> bool:
            answer = await client.get(
                f"{group.url('reception')}/vehicles", params={"vin": VIN}, headers=called_by("advisor", store="sh01")
            )
            found["cars"] = answer.json()["items"]
            return bool(found["cars"])

        await until(known)
        [car] = found["cars"]
        assert (car["in_service_on"], car["model"]) == ("2026-11-02", "S7")

        async def planned() -> bool:
            headers = called_by("followup_agent", store="sh01")
            answer = await client.get(f"{group.url('followup')}/reminders", params={"store_id": "sh01"}, headers=headers)
            found["reminders"] = [item for item in answer.json()["items"] if item["vehicle_id"] == car["id"]]
            return bool(found["reminders"])

        await until(planned)
        [reminder] = found["reminders"]
        assert (reminder["due_on"], reminder["due_km"]) == ("2027-05-02", 5_000)


async def test_the_sales_system_may_say_nothing_else_and_hear_nothing(group: Services, stack: Stack) -> None:
    """Least privilege: keys of other speakers, other exchanges and every queue are closed to it."""
    assert group.urls
    connection = await aio_pika.connect(stack.settings.broker_url("sales"))
    async with connection:
        for exchange, key in ((EVENTS, "sh01.reception.vehicle_delivered.v1"), ("reception.own", "work")):
            channel = await connection.channel()
            target = await channel.get_exchange(exchange, ensure=False)
            with pytest.raises(aio_pika.exceptions.AMQPError):
                await target.publish(aio_pika.Message(b"{}"), key)
        channel = await connection.channel()
        queue = await channel.get_queue("reception", ensure=False)
        with pytest.raises(aio_pika.exceptions.AMQPError):
            await queue.get(fail=False)
