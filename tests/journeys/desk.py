"""A store at work: its people, and the steps of one car's way, each an HTTP request to the service whose step it is."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from deploy.demo import front_desk
from deploy.demo.floor import CREW, bay_for
from deploy.demo.people import Person
from deploy.demo.stores import BRAND, Store, open_store, staff
from deploy.installation import Services
from services.reception.domain import check_digit
from shared import clock
from tests.stack import Stack

Json = dict[str, Any]
CUSTOMER = [{"payer": "customer", "share_bp": 10_000}]
OFFICE = {"payer": "internal", "share_bp": 10_000}
_numbers = count(1)


def a_vin() -> str:
    """A right one that nobody has."""
    body = f"LSJW26N90PZ{next(_numbers):06d}"
    return f"{body[:8]}{check_digit(body)}{body[9:]}"


def labour(op_code: str, **fields: Any) -> Json:
    """A job of half an hour for 90 yuan, paid by the customer."""
    return {"kind": "labour", "ref": op_code, "op_code": op_code, "description": op_code, "flat_hours_milli": 500,
            "unit_price_fen": 18_000, "payers": CUSTOMER} | fields  # fmt: skip


def part(part_no: str, job: str, **fields: Any) -> Json:
    """One piece for the job, for 45 yuan."""
    return {"kind": "part", "labour_line_ref": job, "part_no": part_no, "description": part_no, "quantity_milli": 1_000,
            "unit_price_fen": 4_500, "payers": CUSTOMER} | fields  # fmt: skip


@dataclass
class Desk:
    """What the people of one store do."""

    store: Store

    @property
    def at(self) -> str:
        return f"/stores/{self.store.code}"

    async def customer(self, **fields: Any) -> Json:
        told = {"name": "周敏", "phone": f"139{next(_numbers):08d}", "consent": True} | fields
        return dict(await self.store.advisor.do(f"{self.at}/customers", told))

    async def vehicle(self, customer: Json, **fields: Any) -> Json:
        told = {"vin": a_vin(), "plate": f"沪B{next(_numbers):05d}", "brand": BRAND, "model": "S7", "nature": "private",
                "in_service_on": "2026-01-15", "customer_id": customer["id"]} | fields  # fmt: skip
        return dict(await self.store.advisor.do(f"{self.at}/vehicles", told))

    async def check_in(self, vehicle: Json, **fields: Any) -> Json:
        told = {"vehicle_id": vehicle["id"], "customer_id": vehicle["customer_id"], "words": "该保养了", "odometer_km": 12_000,
                "fuel_bp": 5_000, "promised_at": (clock.now() + timedelta(hours=4)).isoformat()} | fields  # fmt: skip
        return dict(await self.store.advisor.do(f"{self.at}/check-ins", told))

    async def walk_around(self, order: Json) -> None:
        sheet = await front_desk.blank_sheet(self.store, "周敏")
        path = f"/repair-orders/{order['id']}"
        await self.store.advisor.do(f"{path}/walk-around", sheet, on=path)

    async def a_car(self, **fields: Any) -> Json:
        """A new customer's new car was checked in and walked around."""
        order = await self.check_in(await self.vehicle(await self.customer()), **fields)
        await self.walk_around(order)
        return order

    async def estimate(self, order: Json, *lines: Json) -> Json:
        path = f"/repair-orders/{order['id']}"
        return dict(await self.store.advisor.do(f"{path}/estimates", {"lines": list(lines)}, on=path))

    async def agree(self, order: Json, *lines: Json, **more: Any) -> Json:
        """The customer signs the estimate of these lines."""
        await self.estimate(order, *lines)
        signed = {"channel": "in_person", "evidence": "sheet 1", "authorised_by": "周敏"} | more
        path = f"/repair-orders/{order['id']}"
        return dict(await self.store.advisor.do(f"{path}/authorisation", signed, on=path))

    async def repair(self, order: Json) -> None:
        """Parts are issued, each job is dispatched, done and inspected."""
        for line in order["lines"]:
            if line["kind"] == "part":
                await self._issue(f"/part-lines/{line['id']}")
        for line in order["lines"]:
            if line["kind"] == "labour":
                await self._work(f"/jobs/{line['id']}", line["op_code"])

    async def _issue(self, path: str) -> None:
        clerk = self.store.parts_clerk

        async def reserved() -> bool:
            found = await front_desk.as_heard(clerk, path)
            return bool(found and found["state"] == "reserved")

        await clerk.until(f"{path} to be reserved", reserved)
        await clerk.do(f"{path}/issue", on=path)

    async def _work(self, path: str, op_code: str) -> None:
        store = self.store

        async def ready() -> bool:
            found = await front_desk.as_heard(store.dispatcher, path)
            return bool(found and found["job"]["state"] == "ready")

        await store.dispatcher.until(f"{path} to be ready", ready)
        hands = await self._by_hand(path, op_code.partition("-")[0])
        await hands.until(f"{hands.name} to be free", lambda: hands.may(f"{path}/start", None, "technician_busy", on=path))
        finish, told = f"{path}/finish", {"cause": "到里程", "correction": "已更换", "self_checked": True}
        await hands.until(f"{path} to have its parts", lambda: hands.may(finish, told, "parts_not_issued", on=path))
        await store.inspector.do(f"{path}/inspections", {"result": "passed", "road_test_km": 3}, on=path)

    async def _by_hand(self, path: str, skill: str) -> Person:
        """Whatever comes first: many tests leave jobs that nobody does."""
        store = self.store
        code = next(code for code, skills in zip(store.technicians, CREW, strict=True) if skill in skills)
        bays = (await store.dispatcher.ask(f"/stores/{store.code}/board"))["bays"]
        free = [bay for bay in bays if bay["job_id"] is None and bay["kind"] == bay_for(skill)]
        given = {"technician": code, "bay": free[0]["code"], "reason_code": "own_choice"}
        await store.dispatcher.do(f"{path}/dispatch", given, on=path)
        return store.technicians[code]

    async def settle(self, order: Json) -> list[Json]:
        """The invoices, as soon as reception has heard that all is done."""
        path, advisor = f"/repair-orders/{order['id']}", self.store.advisor
        unfinished = ("lines_not_finished", "parts_not_issued")
        await advisor.until(f"{path} to be finished", lambda: advisor.may(f"{path}/settlement", None, *unfinished, on=path))
        return list((await self.store.cashier.ask(f"{path}/invoices"))["items"])

    async def bill(self, order: Json) -> None:
        """All work is done, the bill is paid by card and signed."""
        await self.repair(order)
        for invoice in await self.settle(order):
            if invoice["payer"] == "customer":
                await self.pay(invoice)
        await self.sign(order)

    async def pay(self, invoice: Json, method: str = "card", amount_fen: int | None = None, **more: Any) -> Json:
        path = f"/invoices/{invoice['id']}"
        told = {"method": method, "amount_fen": invoice["amount_fen"] if amount_fen is None else amount_fen, **more}
        return dict(await self.store.cashier.do(f"{path}/payments", told, on=path))

    async def sign(self, order: Json) -> None:
        path = f"/repair-orders/{order['id']}"
        signature = {"signer": "周敏", "strokes": front_desk.SIGNATURE}
        await self.store.advisor.do(f"{path}/settlement-signature", signature, on=path)

    async def deliver(self, order: Json, **fields: Any) -> Json:
        path = f"/repair-orders/{order['id']}"
        return dict(await self.store.advisor.do(f"{path}/delivery", {"odometer_km": 12_003, **fields}, on=path))

    async def order(self, order: Json) -> Json:
        """As it is now."""
        return dict(await self.store.advisor.ask(f"/repair-orders/{order['id']}"))


def open_desk_of(store_id: str) -> Any:
    """A fixture: a store that is open – technicians, bays, parts on the shelves –, for the tests of one file."""

    @pytest.fixture(scope="module")
    async def desk(group: Services, stack: Stack) -> AsyncIterator[Desk]:
        assert stack
        async with httpx.AsyncClient(timeout=20) as client:
            store = staff(store_id, group.urls, client)
            await open_store(store, secrets.token_hex(3))
            yield Desk(store)

    return desk
