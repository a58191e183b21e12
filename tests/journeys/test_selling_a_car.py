"""The vehicle-sales system tells of a sold car, and the loop is ready for it."""

import json
from typing import Any

import aio_pika
import httpx
import pytest

from deploy.installation import Services
from services.reception.domain import check_digit
from shared.events.sales import VehicleSold
from shared.topology import EVENTS
from tests.callers import called_by
from tests.journeys.test_keeping_personal_data_in import say
from tests.shared.turnstile import until
from tests.stack import Stack

VIN = "LSVSALES{}Z7X9P031".format(check_digit("LSVSALES0Z7X9P031"))
SALE = {
    "vin": VIN, "plate": None, "brand": "Shenlan", "model": "S7", "nature": "private", "kind": "person", "name": "欧阳新车",
    "phone": "13987651111", "channel": "phone", "consent": True, "sold_on": "2026-11-01", "in_service_on": "2026-11-02",
}  # fmt: skip


async def test_a_sold_car_enters_by_the_sales_system_s_own_user(group: Services, stack: Stack) -> None:
    """K10: over the broker, to files at reception and a planned first maintenance at follow-up."""
    await say(stack.settings, VehicleSold.type, json.dumps(SALE))
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
