"""Who comes to the running services with every role of one store, and all the ways in that they try."""

import asyncio
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from shared.permissions import ROLES
from shared.settings import SERVICES
from tests.callers import called_by, once, seen
from tests.journeys.requests import BODIES, FILES, QUERIES, WANTING

STRANGER: dict[str, Any] = {"name": "stranger", "password": secrets.token_urlsafe(9), "grants": {"sh02": sorted(ROLES)}}
"""A user of the console with every role in one store."""


@dataclass(frozen=True)
class Route:
    """One documented way into a service."""

    service: str
    method: str
    path: str

    @property
    def names(self) -> set[str]:
        """The names of the ids in its address."""
        return set(re.findall(r"\{(\w+)\}", self.path))

    def __str__(self) -> str:
        return f"{self.method} {self.service}{self.path}"


@dataclass(frozen=True)
class Visitor:
    """Somebody with these headers, who may go to all services."""

    client: httpx.AsyncClient
    urls: Mapping[str, str]
    headers: Mapping[str, str]

    @classmethod
    def of(cls, store: str, client: httpx.AsyncClient, urls: Mapping[str, str]) -> "Visitor":
        """Somebody with every role in one store and none elsewhere."""
        return cls(client, urls, called_by(*sorted(ROLES), store=store, subject=f"zhao.lei.{store}"))

    async def ask(self, route: Route, ids: Mapping[str, str], **query: str) -> httpx.Response:
        """A request that is right in form, by somebody who saw version 0 of what they write to."""
        headers = dict(self.headers)
        body, file = None, FILES.get(route.path) if route.method == "POST" else None
        if route.method == "POST":
            headers |= once() | seen(0)
            body = None if file else json.loads(_filled(json.dumps(BODIES.get(route.path, {})), ids))
        url = self.urls[route.service] + _filled(route.path, ids)
        asked = QUERIES.get(route.path, {}) | query
        async with self.client.stream(route.method, url, headers=headers, json=body, content=file, params=asked) as answer:
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                await answer.aread()  # a stream has no end
        return answer

    async def items(self, service: str, path: str, **query: str) -> list[dict[str, Any]]:
        """Every item of a list, over all its pages."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = {"limit": "200", **query, **({"cursor": cursor} if cursor else {})}
            answer = await self.client.get(self.urls[service] + path, headers=dict(self.headers), params=page)
            assert answer.status_code == 200, (service, path, answer.text)
            told = answer.json()
            if isinstance(told, list):
                return told
            found += told["items"]
            cursor = told.get("next") or ""
            if not cursor:
                return found

    async def made(
        self, service: str, path: str, body: dict[str, Any] | bytes, *, version: int | None = None
    ) -> dict[str, Any]:
        """Post what must succeed; the answer."""
        headers = dict(self.headers) | once() | ({} if version is None else seen(version))
        what: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = await self.client.post(self.urls[service] + path, headers=headers, **what)
        assert answer.is_success, (service, path, answer.text)
        return dict(answer.json())

    async def contact(self, customer_id: str) -> str:
        """One more person of the customer."""
        path = f"/customers/{customer_id}"
        body = BODIES["/customers/{customer_id}/contacts"]
        version = (await self.client.get(self.urls["reception"] + path, headers=dict(self.headers))).json()["version"]
        return str((await self.made("reception", f"{path}/contacts", body, version=version))["id"])

    async def deposit(self, store: str, order: dict[str, Any]) -> str:
        """A deposit on a car that is received again for this."""
        again = {"vehicle_id": order["vehicle_id"], "customer_id": order["customer_id"], "words": "x", "odometer_km": 900_000,
                 "fuel_bp": 0}  # fmt: skip
        received = await self.made("reception", f"/stores/{store}/check-ins", again)
        path = f"/repair-orders/{received['id']}/deposits"
        taken = await self.made("reception", path, {"method": "cash", "amount_fen": 1}, version=received["version"])
        return str(taken["id"])

    async def member(self, store: str, customer_id: str) -> dict[str, str]:
        """The customer's membership, with a package card; a new one where there is none."""
        found = await self.items("reception", "/members", customer_id=customer_id)
        member = found[0] if found else await self.made("reception", f"/stores/{store}/members", {"customer_id": customer_id})
        path = "/stores/{store_id}/members/{member_id}/package-cards"
        at = path.format(store_id=store, member_id=member["id"])
        card = await self.made("reception", at, BODIES[path], version=member["version"])
        return {"member_id": str(member["id"]), "card_id": str(card["packages"][0]["card_id"])}

    async def workshop(self, store: str) -> dict[str, str]:
        """A technician who came this morning and is rostered for years from now, and a bay that is kept free then."""
        at, code = f"/stores/{store}", f"T{uuid4().hex[:8]}"
        who = {"code": code, "name": "Zhao Lei", "user": f"zhao.lei.{store}", "skills": ["mechanical"]}
        technician = await self.made("workshop", f"{at}/technicians", who)
        bay = await self.made("workshop", f"{at}/bays", {"code": code, "kind": "lift"})
        days = BODIES["/stores/{store_id}/shifts"] | {"technician": code, "from_on": "2099-01-01", "until_on": "2099-01-01"}
        shift = (await self.made("workshop", f"{at}/shifts", days))["items"][0]
        away = BODIES["/stores/{store_id}/absences"] | {
            "technician": code, "from_at": "2099-01-01T00:00:00+08:00", "until_at": "2099-01-02T00:00:00+08:00",
        }  # fmt: skip
        absence = await self.made("workshop", f"{at}/absences", away)
        out = {"reason": "leaks", "kind": "maintenance", "from_at": "2099-01-01T00:00:00+08:00"}
        outage = await self.made("workshop", f"/bays/{bay['id']}/outages", out, version=bay["version"])
        equipment = await self.made("workshop", f"{at}/equipment", {"code": code, "kind": "lift", "name": "lift"})
        attendance = await self.made("workshop", f"{at}/technicians/{code}/clock-in", {})
        return {
            "technician_id": technician["id"], "technician": code, "bay_id": bay["id"], "shift_id": shift["id"],
            "absence_id": absence["id"], "outage_id": outage["outage"]["id"], "equipment_id": equipment["id"],
            "attendance_id": attendance["id"], "activity_id": attendance["activities"][0]["id"],
        }  # fmt: skip

    async def sheet(self, store: str) -> dict[str, str]:
        """An inspection of a car, and a photo of what was found."""
        sheet = (await self.items("workshop", "/sheets", store_id=store))[0]
        detail = await self.client.get(f"{self.urls['workshop']}/sheets/{sheet['id']}", headers=dict(self.headers))
        return {"sheet_id": sheet["id"], "sheet_photo_id": detail.json()["photos"][0]["id"]}

    async def safety(self, store: str) -> dict[str, str]:
        """A round through the checklist that comes with the product, and what it found."""
        asked = {"store_id": store, "code": "six-s"}
        async with asyncio.timeout(60):
            while not (rounds := await self.items("workshop", "/safety-rounds", **asked)):
                await asyncio.sleep(0.1)
        path = f"/safety-rounds/{rounds[0]['id']}"
        found = await self.items("workshop", "/safety-findings", store_id=store)
        if not found:
            detail = (await self.client.get(self.urls["workshop"] + path, headers=dict(self.headers))).json()
            said = {"answers": [{"item": item["code"], **WANTING} for item in detail["items"]]}
            await self.made("workshop", f"{path}/completion", said, version=detail["version"])
            found = await self.items("workshop", "/safety-findings", store_id=store)
        return {"round_id": rounds[0]["id"], "finding_id": found[0]["id"]}

    async def objects(self, store: str) -> dict[str, str]:
        """For each name of an id in an address a real one of this store, all of one repair order that led to everything."""
        complaint = (await self.items("followup", "/complaints", store_id=store))[0]
        order = next(
            one for one in await self.items("reception", "/repair-orders", store_id=store) if one["id"] == complaint["ro_id"]
        )
        (invoice, *_) = await self.items("reception", f"/repair-orders/{order['id']}/invoices")
        asked = {**BODIES["/stores/{store_id}/approvals"], "subject_id": order["id"]}
        approval = await self.made("reception", f"/stores/{store}/approvals", asked)
        called = BODIES["/stores/{store_id}/rescue-calls"]
        rescue_call = await self.made("reception", f"/stores/{store}/rescue-calls", called)

        car = f"/vehicles/{order['vehicle_id']}"
        vehicle = (await self.client.get(self.urls["reception"] + car, headers=dict(self.headers))).json()
        flag = await self.made("reception", f"{car}/flags", BODIES["/vehicles/{vehicle_id}/flags"], version=vehicle["version"])
        again = BODIES["/stores/{store_id}/check-ins"] | {name: order[name] for name in ("vehicle_id", "customer_id")}
        back = await self.made("reception", f"/stores/{store}/check-ins", again)  # photos are taken of cars that are here
        photos = "/repair-orders/{ro_id}/photos"
        photo = await self.made("reception", photos.format(ro_id=back["id"]), FILES[photos], version=back["version"])

        async def of_the_order(service: str, path: str) -> str:
            items = await self.items(service, path, store_id=store)
            return str(next(item["id"] for item in items if item["ro_id"] == order["id"]))

        return {
            "store_id": store,
            "ro_id": order["id"],
            "customer_id": order["customer_id"],
            "vehicle_id": order["vehicle_id"],
            "invoice_id": invoice["id"],
            "job_id": await of_the_order("workshop", "/jobs"),
            "sublet_id": (await self.items("workshop", "/sublets", store_id=store))[0]["id"],
            "part_no": "FLT-OIL",
            "op_code": "mechanical-maintenance",
            "package_id": (await self.items("reception", "/packages", store_id=store))[0]["id"],
            "line_id": await of_the_order("parts", "/part-lines"),
            "claim_id": await of_the_order("claims", "/claims"),
            "survey_id": await of_the_order("followup", "/surveys"),
            "complaint_id": complaint["id"],
            "contact_id": await self.contact(order["customer_id"]),
            "approval_id": approval["id"],
            "flag_id": flag["id"],
            "photo_id": photo["id"],
            "payment_id": invoice["payments"][0]["id"] if invoice["payments"] else str(uuid4()),
            "deposit_id": await self.deposit(store, order),
            "appointment_id": (await self.items("reception", "/appointments", store_id=store))[0]["id"],
            "supplement_id": (await self.items("reception", "/supplements", store_id=store))[0]["id"],
            "rescue_call_id": rescue_call["id"],
            **await self.sheet(store),
            **await self.member(store, order["customer_id"]),
            **await self.workshop(store),
            **await self.safety(store),
            "name": "test_policy",
        }


async def documented(client: httpx.AsyncClient, urls: Mapping[str, str]) -> list[Route]:
    """Every route of every service's OpenAPI document."""
    found = []
    for service in SERVICES:
        document = (await client.get(f"{urls[service]}/openapi.json")).json()
        for path, operations in document["paths"].items():
            found += [Route(service, method.upper(), path) for method in operations if method != "parameters"]
    return found


def alike(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    """An answer without what names this one occurrence."""
    headers = {name: value for name, value in answer.headers.items() if name not in {"date", "x-request-id"}}
    return answer.status_code, headers, re.sub(r"urn:uuid:[0-9a-f-]{36}", "urn:uuid:…", answer.text)


def _filled(text: str, ids: Mapping[str, str]) -> str:
    for name, value in ids.items():
        text = text.replace("{" + name + "}", value)
    return text
