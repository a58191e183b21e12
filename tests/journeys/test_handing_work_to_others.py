"""Sublet work and agency services go through the loop beside the work of the house, and nobody takes them for it."""

import httpx

from deploy.demo import Outcome
from deploy.installation import Services
from tests.journeys.visitors import Visitor


async def test_neither_workshop_nor_parts_nor_claims_has_to_do_with_services(outcome: Outcome, group: Services) -> None:
    """R15: the jobs and part lines of an order are its labour and part lines, and nothing more, over the broker."""
    assert outcome.good, outcome.failures
    seen = set[str]()
    async with httpx.AsyncClient(timeout=20) as client:
        for store in ("sh01", "sh02"):
            visitor = Visitor.of(store, client, group.urls)
            claims = {claim["id"] for claim in await visitor.items("claims", "/claims", store_id=store)}
            for head in await visitor.items("reception", "/repair-orders", store_id=store, state="delivered"):
                answer = await client.get(f"{group.url('reception')}/repair-orders/{head['id']}", headers=dict(visitor.headers))
                lines = answer.json()["lines"]
                services = {line["id"]: line["kind"] for line in lines if line["kind"] in ("sublet", "agency")}
                if not services:
                    continue
                seen |= set(services.values())
                jobs = await visitor.items("workshop", "/jobs", ro_id=head["id"])
                parts = await visitor.items("parts", "/part-lines", ro_id=head["id"])
                assert {job["id"] for job in jobs} == {line["id"] for line in lines if line["kind"] == "labour"}
                assert {part["id"] for part in parts} == {line["id"] for line in lines if line["kind"] == "part"}
                assert not services.keys() & claims
    assert seen


async def test_the_public_menu_shows_what_the_stores_offer(outcome: Outcome, group: Services) -> None:
    """R5: without a login."""
    assert outcome.good, outcome.failures
    async with httpx.AsyncClient(timeout=20) as client:
        trades = (await client.get(f"{group.url('reception')}/stores/sh01/menu")).json()["trades"]
    [mechanical] = [trade for trade in trades if trade["trade"] == "mechanical"]
    assert mechanical["hour_price_fen"] == 18_000
    assert [(package["name_zh"], package["prices"][0]["price_fen"]) for package in mechanical["packages"]] == [
        ("小保养", 56_800)
    ]
