"""The front desk as tests use it: requests to the service's real app, facts straight into its inbox."""

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from services.reception.inbox import HEARS
from shared.database import Database
from shared.events import Event
from shared.inbox import apply
from tests.callers import called_by, once, seen
from tests.facts import heard
from tests.pictures import a_picture
from tests.reception.words import STORE, a_vin, a_walk_around, completed, issued, labour, part

Told = dict[str, Any]
ON_THE_TABLET = {"signer": "王芳", "strokes": "M 1 1 L 9 9"}
_numbers = count(1)


@dataclass(frozen=True)
class Counter:
    """Everybody has all of reception's roles in one store unless a test says otherwise."""

    client: httpx.AsyncClient
    database: Database

    async def get(self, path: str, *roles: str, store: str = STORE, **query: Any) -> httpx.Response:
        headers = called_by(*(roles or ("advisor",)), store=store)
        return await self.client.get(path, params=query, headers=headers)

    async def post(
        self, path: str, body: Told | None = None, *roles: str, store: str = STORE, version: int | None = None
    ) -> httpx.Response:
        headers = called_by(*(roles or ("advisor", "cashier")), store=store) | once()
        return await self.client.post(path, json=body, headers=headers | ({} if version is None else seen(version)))

    async def made(self, path: str, body: Told | None = None, *, version: int | None = None, store: str = STORE) -> Told:
        """Post what must succeed; the answer."""
        answer = await self.post(path, body, version=version, store=store)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json()) | {"etag": int(answer.headers["etag"].strip('"'))}

    async def hear(self, *facts: Event) -> None:
        await apply("reception", HEARS, self.database, [heard(fact) for fact in facts])

    async def said(self, type: str, subject: str) -> list[Told]:
        """Bodies of the facts of this type about this subject, oldest first."""
        async with self.database.hearing.begin() as session:
            rows = await session.execute(
                text("SELECT body::jsonb FROM outbox WHERE type = :type AND subject = :subject ORDER BY version"),
                {"type": f"reception.{type}.v1", "subject": UUID(subject)},
            )
            return list(rows.scalars())

    async def a_customer(self, *, store: str = STORE, **fields: Any) -> Told:
        body = {"name": "王芳", "phone": "138 0013 8000", "consent": True} | fields
        return await self.made(f"/stores/{store}/customers", body, store=store)

    async def a_vehicle(self, customer_id: str, *, store: str = STORE, **fields: Any) -> Told:
        number = next(_numbers)
        car = {"vin": a_vin(number), "plate": f"沪A{number:05d}", "brand": "Volkswagen", "model": "Passat"}
        return await self.made(f"/stores/{store}/vehicles", car | {"customer_id": customer_id} | fields, store=store)

    async def a_check_in(self, *, store: str = STORE, customer: Told | None = None, **fields: Any) -> Told:
        customer = customer or await self.a_customer(store=store)
        vehicle = await self.a_vehicle(customer["id"], store=store)
        body = {
            "vehicle_id": vehicle["id"], "customer_id": customer["id"], "words": "刹车有异响", "odometer_km": 42_000,
            "fuel_bp": 5_000, "promised_at": "2099-11-21T16:00:00+08:00",
        }  # fmt: skip
        return await self.made(f"/stores/{store}/check-ins", body | fields, store=store)

    async def walked_around(self, order: Told) -> Told:
        """The car was looked over with the customer, who signed."""
        path = f"/repair-orders/{order['id']}"
        await self.made(f"{path}/walk-around", a_walk_around(), version=order["etag"], store=order["store_id"])
        return order | {"etag": order["etag"] + 1}

    async def a_rescue_call(self, *steps: Told, store: str = STORE, **fields: Any) -> Told:
        """A call, and these steps of it: {"arrival": {}} and so on."""
        body = {
            "caller_name": "赵强", "caller_phone": "139 0013 9000", "location": "沪昆高速 K42 应急车道",
            "latitude_microdeg": 31_012_345, "longitude_microdeg": 121_301_234, "words": "车抛锚了", "plate": "沪A54321",
        }  # fmt: skip
        call = await self.made(f"/stores/{store}/rescue-calls", body | fields, store=store)
        for step in steps:
            ((action, told),) = step.items()
            call = await self.made(f"/rescue-calls/{call['id']}/{action}", told, version=call["etag"], store=store)
        return call

    async def approved(self, refusal: Told, *, store: str = STORE) -> str:
        """Somebody else grants what a refusal `approval_needed` asks for; the approval's id."""
        asked = await self.made(f"/stores/{store}/approvals", refusal["parameters"] | {"reason": "as discussed"}, store=store)
        manager = called_by("store_manager", store=store, subject="zhou.min") | once() | seen(asked["etag"])
        answer = await self.client.post(f"/approvals/{asked['id']}/decision", json={"granted": True}, headers=manager)
        assert answer.status_code == 200, answer.text
        return str(asked["id"])

    async def an_authorised_order(self, *lines: Told, **fields: Any) -> Told:
        """The order with its number; by default one job with one part, all paid by the customer."""
        order = await self.walked_around(await self.a_check_in(**fields))
        body = {"lines": list(lines) or [labour("brakes"), part("brakes")]}
        store = order["store_id"]
        estimate = await self.made(f"/repair-orders/{order['id']}/estimates", body, version=order["etag"], store=store)
        agreed = {"channel": "in_person", "evidence": "sheet 4711", "authorised_by": "王芳"}
        path = f"/repair-orders/{order['id']}/authorisation"
        return await self.made(path, agreed, version=estimate["etag"], store=store)

    async def a_signed_bill(self, order: Told) -> Told:
        """Settled and signed by the customer: the order as it is to be delivered; its invoices as `items`."""
        path, store = f"/repair-orders/{order['id']}", order["store_id"]
        bill = await self.made(f"{path}/settlement", version=order["etag"], store=store)
        signed = await self.made(f"{path}/settlement-signature", ON_THE_TABLET, version=bill["etag"], store=store)
        return bill | {"etag": signed["etag"], "sheet": signed["sheet"]}

    async def made_policy(self, name: str, value: Told, *, store: str = STORE) -> None:
        """The store's manager sets these terms."""
        answer = await self.post(f"/stores/{store}/policies/{name}", {"value": value}, "store_manager", store=store)
        assert answer.status_code == 201, answer.text

    async def a_finished_order(self, *lines: Told, **fields: Any) -> Told:
        """As above, and workshop and parts have done their work."""
        order = await self.an_authorised_order(*lines, **fields)
        ro, store = UUID(order["id"]), order["store_id"]
        for line in order["lines"]:
            await self.hear((completed if line["kind"] == "labour" else issued)(UUID(line["id"]), ro, store=store))
        finished = (await self.get(f"/repair-orders/{order['id']}", store=store)).json()
        return dict(finished) | {"etag": finished["version"]}

    async def a_check_in_of(self, vehicle: Told, *, store: str = STORE, **fields: Any) -> Told:
        """Another visit of a known car."""
        body = {
            "vehicle_id": vehicle["id"], "customer_id": vehicle["customer_id"], "words": "保养", "odometer_km": 42_000,
            "fuel_bp": 5_000,
        }  # fmt: skip
        return await self.made(f"/stores/{store}/check-ins", body | fields, store=store)

    async def delivered(self, order: Told) -> Told:
        """Settle a finished order, take what is owed and hand the car over."""
        path, store = f"/repair-orders/{order['id']}", order["store_id"]
        invoices = await self.a_signed_bill(order)
        for owed in invoices["items"]:
            if owed["payer"] == "customer":
                money = {"method": "card", "amount_fen": owed["amount_fen"]}
                await self.made(f"/invoices/{owed['id']}/payments", money, version=owed["version"], store=store)
        return await self.made(f"{path}/delivery", {}, version=invoices["etag"], store=store)

    async def upload(
        self, ro_id: str, content: bytes, *roles: str, version: int, store: str = STORE, key: str | None = None, **query: str
    ) -> httpx.Response:
        """Send a photo."""
        headers = called_by(*(roles or ("advisor",)), store=store) | once() | seen(version)
        headers |= {"Content-Type": "application/octet-stream"} | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(f"/repair-orders/{ro_id}/photos", params=query, content=content, headers=headers)

    async def a_photo(self, order: Told, **query: str) -> Told:
        answer = await self.upload(order["id"], a_picture(), version=order["etag"], store=order["store_id"], **query)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def file(self, customer_id: str) -> Told:
        """A customer's file as it is now, with its ETag."""
        answer = await self.get(f"/customers/{customer_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()) | {"etag": answer.json()["version"]}

    async def change(self, path: str, body: Told, *roles: str, store: str = STORE) -> Told:
        """Post to a customer or vehicle, `/customers/…` or `/vehicles/…`, as it is now."""
        thing = "/".join(path.split("/")[:3])
        version = (await self.get(thing)).json()["version"]
        answer = await self.post(path, body, *roles, version=version, store=store)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json()) | {"etag": int(answer.headers["etag"].strip('"'))}

    async def a_visit(self, vehicle: Told, customer_id: str, *, store: str = STORE, **fields: Any) -> Told:
        """A known car comes with this customer, whoever owns it."""
        return await self.a_check_in_of({**vehicle, "customer_id": customer_id}, store=store, **fields)
