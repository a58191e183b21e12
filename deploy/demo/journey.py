"""One car's way through the loop, as the people of the store walk it: every step an HTTP request, never a shortcut."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic
from typing import Any

from deploy.demo import front_desk, troubles
from deploy.demo.floor import Pair, bay_for
from deploy.demo.people import GivenUp, Person
from deploy.demo.plan import EXTRA, Car, Work
from deploy.demo.stores import BRAND, Store, delivery_of
from shared import clock


@dataclass
class Told:
    """What one car's journey came to."""

    delivered_after_s: float = 0.0
    delivered: bool = False
    answered: bool = False
    complaint: bool = False
    claims_paid: int = 0
    backorders: int = 0
    reworks: int = 0
    arrived_by: str = ""
    supplement: str | None = None
    payers: int = 0
    """Most payers of one line, the deductible's customer included."""
    on_account: bool = False
    credited: bool = False
    walked_around: bool = False
    photos: int = 0
    redemptions: int = 0
    """Payments by what a member holds."""
    packaged: bool = False
    discounted: bool = False
    lift_broken: bool = False
    lent_back: bool = False
    """While its parts were on their way."""
    came_back: bool = False
    """With what had been repaired, and the workshop knew it."""
    services: tuple[str, ...] = ()
    """Kinds of the lines that no job carried out."""


@dataclass
class Journey:
    """Walks one car from check-in to survey and paid claim."""

    car: Car
    store: Store
    began: float
    step: Callable[[str], None]
    told: Told = field(default_factory=Told)
    _customer: str = ""
    _vehicle: str = ""
    _added: str | None = None
    """The job that a supplement brought."""
    _supplied: set[str] = field(default_factory=set)
    """The jobs whose parts were waited for before any work began."""

    async def walk(self) -> Told:
        order = await self._receive()
        jobs = await self._agree(order)
        works = list(zip(jobs, self.car.works, strict=True))
        if self.car.lent_back:
            await asyncio.gather(*(self._supply(order, job, work) for job, work in works))
            await self._take_back(order)
        await asyncio.gather(*(self._repair(order, job, work) for job, work in works))
        if self._added is not None:
            await self._repair(order, self._added, Work(EXTRA, "customer", 0))
        await self._hand_over(order)
        await asyncio.gather(self._follow_up(order), *(self._claim(job) for job, work in works if work.payer == "warranty"))
        if self.car.comes_back:
            await self._come_back()
        return self.told

    async def _come_back(self) -> None:
        """The same concern again: the house does it once more at its own cost."""
        car, advisor, first = self.car, self.store.advisor, self.car.works[0].operation
        received = await advisor.do(
            f"/stores/{self.store.code}/check-ins",
            {"vehicle_id": self._vehicle, "customer_id": self._customer, "words": "还是老问题", "fuel_bp": 5_000,
             "odometer_km": car.odometer_km + 40, "symptoms": [{"concern_code": first.concern}],
             "promised_at": (clock.now() + timedelta(hours=2)).isoformat()},
        )  # fmt: skip
        order = str(received["id"])
        at = f"/repair-orders/{order}"
        await front_desk.walk_around(self.store, car, order)
        line = {"kind": "labour", "ref": "again", "op_code": first.op_code, "concern_code": first.concern,
                "payers": [{"payer": "internal", "share_bp": 10_000}]}  # fmt: skip
        await advisor.do(f"{at}/estimates", {"lines": [line]}, on=at)
        signed = {"channel": "in_person", "evidence": f"again-{car.number}", "authorised_by": car.customer}
        authorised = await advisor.do(f"{at}/authorisation", signed, on=at)
        job = next(str(line["id"]) for line in authorised["lines"] if line["kind"] == "labour")
        await self._repair(order, job, Work(replace(first, parts=()), "internal", 0), again=True)
        known = (await self.store.dispatcher.ask(f"/jobs/{job}"))["job"]
        unfinished = ("lines_not_finished", "parts_not_issued")
        await advisor.until(f"{at} to be finished", lambda: advisor.may(f"{at}/settlement", None, *unfinished, on=at))
        await advisor.do(f"{at}/delivery", {"odometer_km": car.odometer_km + 45}, on=at)
        self.told.came_back = known["comeback_of"] is not None
        self.step("back again")

    async def _receive(self) -> str:
        """Customer and vehicle file, walk-around, request in the customer's words."""
        car, at, advisor = self.car, f"/stores/{self.store.code}", self.store.advisor
        customer = await advisor.do(
            f"{at}/customers",
            {"kind": "company" if car.company else "person", "name": car.customer, "phone": car.phone, "consent": True,
             "account_terms": car.company},
        )  # fmt: skip
        vehicle = await advisor.do(
            f"{at}/vehicles",
            {"vin": car.vin, "plate": car.plate, "brand": BRAND, "model": "S7", "nature": "private",
             "in_service_on": car.in_service_on.isoformat(), "customer_id": customer["id"]},
        )  # fmt: skip
        if car.company:
            await front_desk.agree_fleet_terms(self.store, customer["id"])
        by: dict[str, str] = {}
        if car.arrival == "appointment":
            by = {"appointment_id": await front_desk.book(self.store, car, customer["id"], vehicle["id"])}
            self.step("booked")
        elif car.arrival == "rescue":
            by = {"rescue_call_id": await front_desk.rescue(self.store, car, customer["id"], vehicle["id"])}
            await front_desk.tow(self.store, by["rescue_call_id"])
            self.step("towed in")
        self.told.arrived_by = car.arrival
        self._customer, self._vehicle = str(customer["id"]), str(vehicle["id"])
        received = await advisor.do(
            f"{at}/check-ins",
            {"vehicle_id": vehicle["id"], "customer_id": customer["id"], "words": car.words, "odometer_km": car.odometer_km,
             "symptoms": [{"concern_code": work.operation.concern} for work in car.works], "fuel_bp": 5_000,
             "promised_at": (clock.now() + timedelta(hours=4)).isoformat(), **by},
        )  # fmt: skip
        self.step("checked in")
        self.told.photos = await front_desk.walk_around(self.store, self.car, str(received["id"]))
        self.told.walked_around = True
        self.step("walked around")
        return str(received["id"])

    async def _agree(self, order: str) -> list[str]:
        """Estimate, signature, repair order; the labour lines' ids in the order of the works."""
        at, advisor = f"/repair-orders/{order}", self.store.advisor
        self.told.payers = max(len(work.payers) + bool(work.deductible_fen) for work in self.car.works)
        estimate = await front_desk.estimate(self.store, self.car, order)
        self.told.packaged = any(line["package_code"] for line in estimate["lines"])
        self.told.discounted = any(line["discount_bp"] for line in estimate["lines"])
        signed = {"channel": "in_person", "evidence": f"sheet-{self.car.number}", "authorised_by": self.car.customer}
        await advisor.do(f"{at}/authorisation", signed, on=at)
        self.step("authorised")
        self.told.services = await front_desk.complete_services(self.store, order)
        authorised = (await advisor.ask(at))["lines"]
        by_code = {line["op_code"]: line["id"] for line in authorised if line["kind"] == "labour"}
        return [str(by_code[work.operation.op_code]) for work in self.car.works]

    async def _repair(self, order: str, job: str, work: Work, *, again: bool = False) -> None:
        """Parts to the job, a technician and a bay, work, quality check by somebody else, again when it fails; a colleague
        looks first at what failed, and at what was repaired before (`again`)."""
        if job not in self._supplied:
            await self._supply(order, job, work)
        store, at = self.store, f"/jobs/{job}"
        await store.dispatcher.until(f"job {job} to be ready", lambda: self._job_is(job, "ready"))
        pair = await store.give_out(job)
        self.step("dispatched")
        if self.car.lift_breaks and not self.told.lift_broken and bay_for(work.operation.trade) == "lift":
            pair = await self._lift_breaks(job, pair)
        for attempt in range(work.reworks + 1):
            found = self.car.supplement is not None and self.told.supplement is None and work is self.car.works[0]
            await self._work(
                order, job, store.technician(pair.technician), found=found, pause=attempt == 0 and self.car.number % 7 == 0
            )
            if attempt < work.reworks:
                failed = {
                    "result": "failed",
                    "fault_code": "not_fixed",
                    "fault_owner": "technician",
                    "remark": "试车时仍有异响",
                }
                await store.inspector.do(f"{at}/inspections", failed, on=at)
                self.told.reworks += 1
                self.step("sent back by quality check")
        if work.reworks or again:
            colleague = next(person for code, person in store.technicians.items() if code != pair.technician)
            await colleague.do(f"{at}/team-check", {}, on=at)
        await store.inspector.do(f"{at}/inspections", {"result": "passed", "road_test_km": 3}, on=at)
        self.step("job completed")

    async def _lift_breaks(self, job: str, pair: Pair) -> Pair:
        """Before anybody has begun: the job goes back to the dispatcher, who gives it to whoever is proposed then."""
        store, at = self.store, f"/jobs/{job}"
        outage = await troubles.break_lift(store, pair.bay)
        self.told.lift_broken = True
        self.step("lift broken")
        back = (await store.dispatcher.ask(at))["job"]
        if (back["state"], back["bay"]) != ("ready", None):
            raise GivenUp(f"job {job} was not given back when its lift broke")
        await troubles.mend_lift(store, outage)
        return await store.give_out(job)

    async def _work(self, order: str, job: str, technician: Person, *, found: bool, pause: bool) -> None:
        at = f"/jobs/{job}"
        await self._start(at, technician)
        if found:
            self.told.supplement = self.car.supplement
            supplement = await front_desk.find_more(technician, job)
            self._added = await front_desk.decide_more(self.store, self.car, order, supplement)
            self.step(f"additional work {self.car.supplement}")
        if pause:
            await technician.do(f"{at}/pause", {"reason": "break"}, on=at)
            await self._start(at, technician)
        told = {"cause": "磨损超过限值", "correction": "更换并试车", "self_checked": True}
        # the workshop may not have heard of the issued parts yet
        await technician.until(
            f"{at} to have its parts", lambda: technician.may(f"{at}/finish", told, "parts_not_issued", on=at)
        )

    async def _start(self, at: str, technician: Person) -> None:
        """As soon as the technician is done with what was given to them before."""
        await technician.until(
            f"{technician.name} to be free", lambda: technician.may(f"{at}/start", None, "technician_busy", on=at)
        )

    async def _supply(self, order: str, job: str, work: Work) -> None:
        clerk, store = self.store.parts_clerk, self.store
        wanted = len(work.operation.parts)

        async def lines(*states: str) -> list[dict[str, Any]]:
            found = (await clerk.ask("/part-lines", ro_id=order, store_id=store.code, limit=200))["items"]
            mine = [line for line in found if line["job_id"] == job]
            return mine if len(mine) == wanted and all(line["state"] in states for line in mine) else []

        if not wanted:
            return
        for line in await clerk.until(f"parts of job {job}", lambda: lines("reserved", "backordered", "issued")):
            if line["state"] == "backordered":
                self.told.backorders += 1
                self.step("waits for parts")
                if self.car.lent_back and not self.told.lent_back:
                    self.told.lent_back = True
                    await front_desk.lend_back(store, order, self.car.odometer_km + 1)
                    self.step("lent back")
                arrived = delivery_of(line["part_no"], line["quantity_milli"], f"{store.code}-{self.car.number}")
                await clerk.do(f"/stores/{store.code}/goods-receipts", {"lines": [arrived]})
        for line in await clerk.until(f"back-ordered parts of job {job}", lambda: lines("reserved", "issued")):
            await clerk.do(f"/part-lines/{line['id']}/issue", on=f"/part-lines/{line['id']}")
        self.step("parts issued")
        self._supplied.add(job)

    async def _take_back(self, order: str) -> None:
        """The car is here again, and so are its parts."""
        if self.told.lent_back:
            await front_desk.take_back(self.store, order, self.car.odometer_km + 2)

    async def _job_is(self, job: str, state: str) -> bool:
        found = await front_desk.as_heard(self.store.dispatcher, f"/jobs/{job}")
        return bool(found and found["job"]["state"] == state)

    async def _hand_over(self, order: str) -> None:
        """One invoice per payer, the customer's paid (a company's on account), the key handed over."""
        at, store = f"/repair-orders/{order}", self.store
        # reception may not have heard of the last job yet
        unfinished = ("lines_not_finished", "parts_not_issued", "services_not_finished")
        await store.advisor.until(
            f"{at} to be finished", lambda: store.advisor.may(f"{at}/settlement", None, *unfinished, on=at)
        )
        for invoice in (await store.cashier.ask(f"{at}/invoices"))["items"]:
            if invoice["payer"] == "customer":
                await self._pay(invoice)
        await store.advisor.do(
            f"{at}/settlement-signature", {"signer": self.car.customer, "strokes": front_desk.SIGNATURE}, on=at
        )
        await store.advisor.do(f"{at}/delivery", {"odometer_km": self.car.odometer_km + 3}, on=at)
        self.told.delivered, self.told.delivered_after_s = True, monotonic() - self.began
        self.step("delivered")
        if self.car.credited:
            await front_desk.give_credit(store, order)
            self.told.credited = True
            self.step("bill corrected")

    async def _pay(self, invoice: dict[str, Any]) -> None:
        at, amount = f"/invoices/{invoice['id']}", invoice["amount_fen"]
        if self.car.company:
            await self.store.cashier.do(f"{at}/payments", {"method": "on_account", "amount_fen": amount}, on=at)
            self.told.on_account = True
            return
        if self.car.member:
            self.told.redemptions = await front_desk.pay_as_member(self.store, invoice)
            self.step("paid by a member")
            return
        first = amount // 2 if self.car.number % 4 == 0 else amount
        for method, part in (("mobile", first), ("cash", amount - first)):
            if part:
                await self.store.cashier.do(f"{at}/payments", {"method": method, "amount_fen": part}, on=at)

    async def _follow_up(self, order: str) -> None:
        """The survey, and the complaint that a low score opens."""
        caller, store = self.store.caller, self.store

        async def opened() -> dict[str, Any] | None:
            found = (await caller.ask("/surveys", store_id=store.code, ro_id=order, state="open", limit=200))["items"]
            return next((survey for survey in found if survey["ro_id"] == order), None)

        survey = await caller.until(f"survey of repair order {order}", opened)
        at = f"/surveys/{survey['id']}"
        await caller.do(f"{at}/attempts", {"outcome": "reached"}, on=at)
        scores = {"service": self.car.score, "quality": self.car.score, "waiting": 9}
        await caller.do(f"{at}/answer", {"scores": scores, "words": "说好的时间没做到" if self.car.low else "满意"}, on=at)
        self.told.answered = True
        self.step("survey answered")
        if self.car.low:
            found = (await caller.ask("/complaints", store_id=store.code, ro_id=order, limit=200))["items"]
            self.told.complaint = any(complaint["ro_id"] == order for complaint in found)
            self.step("complaint opened")

    async def _claim(self, job: str) -> None:
        """Validated, submitted, decided by the maker, paid."""
        clerk, maker, at = self.store.claims_clerk, self.store.maker, f"/claims/{job}"

        async def validated() -> bool:
            # claims may not have heard of the finished job, or of all its parts, yet
            claim = await clerk.may(f"{at}/validation", None, "not_found", on=at)
            return bool(claim and claim["state"] == "validated")

        await clerk.until(f"claim {job} to be valid", validated)
        await clerk.do(f"{at}/submission", on=at)
        self.step("claim submitted")
        claim = await maker.ask(at)
        decided = [{"ro_line_id": line["id"], "approved_fen": line["claimed_fen"]} for line in claim["lines"]]
        await maker.do(f"{at}/decision", {"lines": decided}, on=at)
        owed = sum(line["approved_fen"] for line in decided)
        await maker.do(f"{at}/payments", {"amount_fen": owed, "reference": f"pay-{job[-12:]}"}, on=at)
        self.told.claims_paid += 1
        self.step("claim paid")
