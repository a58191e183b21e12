"""A store of the demonstration: its people, and what must be there before the first car comes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from deploy.demo.floor import BAYS, CREW, Pair, bay_for, give_out
from deploy.demo.people import Json, Person, Refusal
from deploy.demo.plan import CATALOGUE, HOUR_FEN, MAINTENANCE, PACKAGE, PACKAGE_FEN, PARTS, TRADES
from shared import clock

BRAND = "Shenlan"
GRID = 5
"""Minutes between two times at which cars are called: the demonstration does not wait long."""


@dataclass
class Store:
    """The people of one store and its workshop floor."""

    code: str
    manager: Person
    desk_manager: Person
    """The manager again, at the front desk."""
    group_manager: Person
    """Keeps the catalogue of operations, which all stores share."""
    advisor: Person
    cashier: Person
    dispatcher: Person
    inspector: Person
    parts_clerk: Person
    caller: Person
    claims_clerk: Person
    maker: Person
    technicians: dict[str, Person]

    def technician(self, code: str) -> Person:
        """Also one whom another run of the demonstration hired: the proposal knows them all."""
        if code in self.technicians:
            return self.technicians[code]
        number, _, run = code.removeprefix("T").partition("-")
        name = f"{self.code}.technician{number}-{run}"
        return Person(name, {self.code: ["technician"]}, self.manager.base_url, self.manager.client)

    async def give_out(self, job: str) -> Pair:
        """As the workshop proposes, as soon as somebody is free."""
        return await give_out(self.dispatcher, self.code, job)


def staff(code: str, urls: dict[str, str], client: httpx.AsyncClient) -> Store:
    """Hire a store's people."""

    def person(role: str, service: str, name: str = "") -> Person:
        return Person(name or f"{code}.{role}", {code: [role]}, urls[service], client)

    return Store(
        code,
        manager=person("store_manager", "workshop"),
        desk_manager=person("store_manager", "reception"),
        group_manager=Person("group.manager", {"*": ["group_manager"]}, urls["reception"], client),
        advisor=person("advisor", "reception"),
        cashier=person("cashier", "reception"),
        dispatcher=person("dispatcher", "workshop"),
        inspector=person("inspector", "workshop"),
        parts_clerk=person("parts_clerk", "parts"),
        caller=person("followup_agent", "followup"),
        claims_clerk=person("claims_clerk", "claims"),
        maker=person("integration", "claims"),
        technicians={f"T{n}": person("technician", "workshop", f"{code}.technician{n}") for n in range(1, len(CREW) + 1)},
    )


async def open_store(store: Store, run: str) -> None:
    """Technicians, bays, catalogue, stock and warranty policy; `run` keeps the codes of several runs apart."""
    at = f"/stores/{store.code}"
    codes = {f"{name}-{run}": person for name, person in store.technicians.items()}
    store.technicians = codes
    for number, ((code, person), skills) in enumerate(zip(codes.items(), CREW, strict=True), 1):
        person.name += f"-{run}"
        body = {"code": code, "name": f"技师{number}", "user": person.name, "skills": skills}
        await store.manager.do(f"{at}/technicians", body)
        await person.do(f"{at}/technicians/{code}/clock-in")
    for number, kind in enumerate(BAYS, 1):
        await store.manager.do(f"{at}/bays", {"code": f"B{number}-{run}", "kind": kind})
    kinds = {skill: [bay_for(skill)] for skill in TRADES}
    await store.manager.do(f"{at}/policies/capacity", {"value": {"bay_kinds": kinds}})
    for part in PARTS.values():
        body = {"part_no": part.part_no, "name_zh": part.name_zh, "name_en": part.name_en, "unit": part.unit}
        await store.parts_clerk.do(f"{at}/parts", {**body, "cost_fen": part.cost_fen, "list_price_fen": part.price_fen})
    await offer(store)
    today = clock.now().date()
    hours = [{"skill": skill, "bay_group": bay_for(skill), "hours_milli": 900_000} for skill in TRADES]
    days = {"from_on": (today - timedelta(days=1)).isoformat(), "until_on": (today + timedelta(days=7)).isoformat()}
    await store.manager.do(f"{at}/capacities", {**days, "lines": hours})
    always = {"opens_minute": 0, "last_arrival_minute": 1439, "grid_minutes": GRID, "arrivals_at_once": 100}
    await store.desk_manager.do(f"{at}/policies/appointments", {"value": always})
    shelf = [delivery_of(part.part_no, 1_000_000, f"{store.code}-{run}") for part in PARTS.values() if part.on_the_shelf]
    await store.parts_clerk.do(f"{at}/goods-receipts", {"lines": shelf})
    policy = {"brand": BRAND, "months": 36, "km": 100_000, "valid_from": (clock.now() - timedelta(days=1000)).isoformat()}
    await store.claims_clerk.do(f"{at}/warranty-policies", policy)


async def offer(store: Store) -> None:
    """Operations with their hours, the price of an hour, and the maintenance as a package."""
    at = f"/stores/{store.code}"
    for operation in CATALOGUE:
        body = {"op_code": operation.op_code, "name_zh": operation.name, "name_en": operation.op_code, "trade": operation.trade,
                "flat_hours": [{"flat_hours_milli": operation.flat_hours_milli}]}  # fmt: skip
        await _once(store.group_manager, "/operations", body, known="operation_known")
    prices = {"hour_fen": dict.fromkeys(TRADES, HOUR_FEN)}
    await store.desk_manager.do(f"{at}/policies/prices", {"value": prices})
    parts = [{"part_no": part_no, "quantity_milli": quantity} for part_no, quantity in MAINTENANCE.parts]
    package = {"code": PACKAGE, "name_zh": "小保养", "name_en": "Minor service", "every_km": 10_000, "every_months": 6,
               "price_fen": PACKAGE_FEN, "lines": [{"op_code": MAINTENANCE.op_code, "parts": parts}]}  # fmt: skip
    await _once(store.desk_manager, f"{at}/packages", package, known="package_known")


async def _once(person: Person, path: str, body: Json, *, known: str) -> None:
    """Unless an earlier run did it."""
    try:
        await person.do(path, body)
    except Refusal as refused:
        if refused.code != known:
            raise


def delivery_of(part_no: str, quantity_milli: int, note: str) -> dict[str, Any]:
    """One line of a supplier's delivery note."""
    cost = PARTS[part_no].cost_fen
    return {
        "part_no": part_no,
        "quantity_milli": quantity_milli,
        "unit_cost_fen": cost,
        "supplier": "OEM",
        "delivery_note": note,
    }
