"""What the customer agreed to, what was billed and what was paid is beyond the service's own reach."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.reception.counter import Counter

LEDGERS = ("estimates", "estimate_lines", "authorisations", "repair_order_lines", "invoice_lines", "payments", "state_history")


@pytest.mark.parametrize("ledger", LEDGERS)
@pytest.mark.parametrize("change", ["UPDATE {} SET store_id = store_id", "DELETE FROM {}", "TRUNCATE {}"])
async def test_a_ledger_can_only_grow(counter: Counter, ledger: str, change: str) -> None:
    """R5, R8: not even the service's database role may change what is written there."""
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with counter.database.hearing.begin() as session:
            await session.execute(text(change.format(ledger)))


async def test_of_two_cashiers_with_the_same_invoice_only_one_takes_the_money(counter: Counter) -> None:
    order = await counter.a_finished_order()
    invoices = await counter.made(f"/repair-orders/{order['id']}/settlement", version=order["etag"])
    [owed] = invoices["items"]
    payment = {"method": "cash", "amount_fen": owed["amount_fen"]}
    first = await counter.post(f"/invoices/{owed['id']}/payments", payment, version=1)
    second = await counter.post(f"/invoices/{owed['id']}/payments", payment, version=1)
    assert (first.status_code, second.status_code) == (201, 412)
    again = await counter.post(f"/invoices/{owed['id']}/payments", payment, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "payment_above_open_amount")
    assert len(await counter.said("payment_received", owed["id"])) == 1
