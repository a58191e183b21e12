"""The ledger of what the house owes its members, over HTTP."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query

from services.reception.domain.ledger import LIABILITIES
from services.reception.queries import ledger as asked
from shared.fields import StoreId, View
from shared.service import Door, allows

router = APIRouter(tags=["members"])


class AccountView(View):
    """What the movements in one store came to on one account; `liability`: whether it is owed to members."""

    store_id: str
    account: str
    unit: str
    balance: int
    liability: bool


class TrialBalanceView(View):
    """All accounts; `sums` are theirs by unit, zero each."""

    items: list[AccountView]
    sums: dict[str, int]
    owed: dict[str, int]
    """By kind and unit, what is owed to members, e.g. `principal fen`."""


@router.get("/trial-balance", response_model=TrialBalanceView)
async def read_trial_balance(
    door: Annotated[Door, allows("reception.read_trial_balance")],
    store_id: Annotated[StoreId | None, Query()] = None,
) -> TrialBalanceView:
    """By account of the caller's stores, or of one.  What is owed where it was sold and used elsewhere nets out over stores."""
    async with door.reading() as session:
        rows = await asked.trial_balance(store_id, session)
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
    return TrialBalanceView(items=items, sums=dict(sums), owed=dict(owed))
