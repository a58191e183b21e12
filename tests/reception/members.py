"""Members as tests meet them: at the counter, and as purses in memory."""

from datetime import datetime
from typing import Any

from services.reception.domain import Holding, Member, Purse, Transfer
from shared.database import new_id
from tests.reception.counter import Counter, Told
from tests.reception.words import STORE, labour

NEVER = "2199-12-31T00:00:00+08:00"


def a_purse(*lots: Holding) -> Purse:
    """An empty one, or with these lots."""
    member = Member(store_id=STORE, customer_id=new_id(), member_no="SH01-M20261121-0001")
    return Purse(member, list(lots))


def a_movement(purse: Purse, kind: str = "redemption", **more: Any) -> Transfer:
    return Transfer(store_id=STORE, member_id=purse.member.id, kind=kind, **more)


def points(amount: int, expires_at: datetime | None = None) -> Holding:
    return Holding(member_id=new_id(), store_id=STORE, kind="points", unit="points", granted=amount, expires_at=expires_at)


async def a_member(counter: Counter, customer: Told | None = None, *, store: str = STORE, **holds: Any) -> Told:
    """A new member, with stored value (`top_up`), a `voucher` or a `package` card."""
    customer = customer or await counter.a_customer(store=store)
    member = await counter.made(f"/stores/{store}/members", {"customer_id": customer["id"]}, store=store)
    if "top_up" in holds:
        member = await does(counter, member, "top-ups", {"method": "mobile", "amount_fen": holds["top_up"]}, store=store)
    if "package" in holds:
        card = {"name": "五次保养卡", "price_fen": 10_000, "method": "card", "valid_until": NEVER}
        member = await does(counter, member, "package-cards", card | holds["package"], store=store)
    if "voucher" in holds:
        voucher = {"valid_until": NEVER, "reason": "birthday"} | holds["voucher"]
        member = await does(counter, member, "vouchers", voucher, store=store)
    return member | {"customer": customer}


async def does(counter: Counter, member: Told, what: str, body: Told, *, store: str = STORE) -> Told:
    """Something that must succeed with a member as it is now."""
    answer = await asks(counter, member, what, body, store=store)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def asks(counter: Counter, member: Told, what: str, body: Told, *, store: str = STORE) -> Any:
    """The answer to something that is asked for a member as it is now."""
    version = (await now(counter, member))["version"]
    path = f"/stores/{store}/members/{member['id']}/{what}"
    return await counter.post(path, body, "cashier", "store_manager", version=version, store=store)


async def now(counter: Counter, member: Told) -> Told:
    answer = await counter.get(f"/members/{member['id']}", "cashier")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def a_bill(counter: Counter, customer: Told, *lines: Told, store: str = STORE) -> Told:
    """The customer's own invoice over these lines; by default one job for 24,000 fen."""
    order = await counter.a_finished_order(*(lines or [labour("brakes")]), customer=customer, store=store)
    bill = await counter.a_signed_bill(order)
    [owed] = [invoice for invoice in bill["items"] if invoice["payer"] == "customer"]
    return dict(owed)


async def pays(counter: Counter, bill: Told, *, store: str = STORE, **money: Any) -> Told:
    """A payment that must succeed; the invoice then."""
    answer = await tries(counter, bill, store=store, **money)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def tries(counter: Counter, bill: Told, *, store: str = STORE, **money: Any) -> Any:
    """The answer to a payment of the bill as it is now."""
    version = (await counter.get(f"/invoices/{bill['id']}", store=store)).json()["version"]
    return await counter.post(f"/invoices/{bill['id']}/payments", money, version=version, store=store)


async def goes_back(counter: Counter, bill: Told, payment: Told, amount_fen: int, *, store: str = STORE) -> Told:
    """Some of a payment, as the manager approves; the invoice then."""
    body = {"method": payment["method"], "amount_fen": amount_fen, "reason": "credited"}
    return await approved(counter, f"/invoices/{bill['id']}", f"payments/{payment['id']}/refunds", body, store=store)


async def approved(counter: Counter, thing: str, what: str, body: Told, *, store: str = STORE) -> Told:
    """Something that the manager must approve first."""
    version = (await counter.get(thing, "cashier", store=store)).json()["version"]
    refusal = await counter.post(f"{thing}/{what}", body, version=version, store=store)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "approval_needed"), refusal.text
    body = body | {"approval_id": await counter.approved(refusal.json(), store=store)}
    return await counter.made(f"{thing}/{what}", body, version=version, store=store)
