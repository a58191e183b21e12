"""The ledger of what the house owes its members, over HTTP."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query

from services.reception.domain.ledger import LIABILITIES
from services.reception.queries import ledger as asked
from shared.fields import StoreId, View
from shared.service import Door, allows

router = APIRouter(tags=["members"])
SHOWN = 20
"""Differences that are told one by one."""


class AccountView(View):
    """What the movements in one store came to on one account; `liability`: whether it is owed to members."""

    store_id: str
    account: str
    unit: str
    balance: int
    liability: bool


class DifferenceView(View):
    """What does not agree with the movements: a `transfer`, `balance`, `unit`, `holding`, `payment`, or the points that a
    member is `short` of; which one, and in which store."""

    what: str
    which: str
    store_id: str


class DifferencesView(View):
    """How many there are: none, unless something is broken; and the first twenty."""

    count: int
    items: list[DifferenceView]


class TrialBalanceView(View):
    """All accounts; `sums` are theirs by unit, zero each.  `differences`: None unless the request asks for a check."""

    items: list[AccountView]
    sums: dict[str, int]
    owed: dict[str, int]
    """By kind and unit, what is owed to members, e.g. `principal fen`."""
    differences: DifferencesView | None


@router.get("/trial-balance", response_model=TrialBalanceView)
async def read_trial_balance(
    door: Annotated[Door, allows("reception.read_trial_balance")],
    store_id: Annotated[StoreId | None, Query()] = None,
    check: bool = False,
) -> TrialBalanceView:
    """By account of the caller's stores, or of one.  What is owed where it was sold and used elsewhere nets out over stores.
    `check` reads the whole ledger and says what does not agree with it."""
    async with door.reading() as session:
        rows = await asked.trial_balance(store_id, session)
        found = await asked.differences(session, store_id) if check else None
    sums, owed = Counter[str](), Counter[str]()
    for row in rows:
        sums[row.unit] += row.balance
        if row.account in LIABILITIES:
            owed[f"{row.account} {row.unit}"] += row.balance
    items = [
        AccountView(
            store_id=row.store_id, account=row.account, unit=row.unit, balance=row.balance,
            liability=row.account in LIABILITIES,
        )
        for row in rows
    ]  # fmt: skip
    differences = None
    if found is not None:
        differences = DifferencesView(count=len(found), items=[DifferenceView(**each) for each in found[:SHOWN]])
    return TrialBalanceView(items=items, sums=dict(sums), owed=dict(owed), differences=differences)
