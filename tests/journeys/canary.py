"""One car whose people and words can be recognised wherever they turn up, and where they may."""

import json
from collections.abc import Iterable
from datetime import timedelta
from time import monotonic
from urllib.parse import quote

import httpx

from deploy.demo.journey import Journey, Told
from deploy.demo.plan import DEFECT, MAINTENANCE, Car, Work
from deploy.demo.stores import open_store, staff
from deploy.demo.verdict import quiet
from services.reception.domain.vehicles import check_digit
from shared import clock
from shared.settings import settings

STORE = "sh01"
VIN = "LSVCANAR{}Z7X9P024"
PERSON = {"name": "慕容金丝雀", "phone": "13987650123"}
VEHICLE = {"plate": "沪Q7X9Z2", "vin": VIN.format(check_digit(VIN.format("0")))}
WISH = {"words": "金丝雀在引擎里唱歌"}
ANSWER = {"answer": "说好的时间没做到"}
"""What the demonstration's customers say who are not content."""
EVERYTHING = PERSON | VEHICLE | WISH | ANSWER
MAY_HOLD = {
    "reception": PERSON | VEHICLE | WISH,
    "workshop": VEHICLE,
    "parts": {},
    "followup": PERSON | ANSWER,
    "claims": {"vin": VEHICLE["vin"]},
    "console": VEHICLE,
}
"""What of a person each service may keep at all."""


async def drive_the_canary(urls: dict[str, str]) -> Told:
    """Through the whole loop, with a warranty claim and a complaint, until nothing moves any more."""
    car = Car(
        number=1, store_id=STORE, customer=PERSON["name"], phone=PERSON["phone"], company=False, vin=VEHICLE["vin"],
        plate=VEHICLE["plate"], odometer_km=20_000, in_service_on=clock.now().date() - timedelta(days=300),
        words=WISH["words"], works=(Work(MAINTENANCE, "customer", 0), Work(DEFECT, "warranty", 1)), score=2,
    )  # fmt: skip
    async with httpx.AsyncClient(timeout=20) as client:
        store = staff(STORE, urls, client)
        await open_store(store, "canary")
        told = await Journey(car, store, monotonic(), step=lambda _: None).walk()
    still, _ = await quiet(settings())
    assert still, "queues or outboxes did not become empty"
    return told


def recognised(text: str, values: Iterable[str] = EVERYTHING.values()) -> list[str]:
    """The values that the text holds, as they are or written for JSON or for an address."""
    return [value for value in values if any(form in text for form in (value, json.dumps(value)[1:-1], quote(value)))]
