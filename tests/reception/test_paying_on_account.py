"""A company drives off on its terms and pays by transfer weeks later."""

from tests.reception.counter import Counter
from tests.reception.words import labour


async def test_a_company_takes_its_car_on_account_and_pays_later(counter: Counter) -> None:
    """R8: what stands on account is not told as money, does not hold the key back and is replaced by the transfer."""
    company = await counter.a_customer(kind="company", account_terms=True)
    order = await counter.a_finished_order(labour("brakes"), labour("recall", payer="warranty"), customer=company)
    path = f"/repair-orders/{order['id']}"
    settled = await counter.a_signed_bill(order)
    invoices = {invoice["payer"]: invoice for invoice in settled["items"]}

    on_account = {"method": "on_account", "amount_fen": 24_000}
    answer = await counter.post(f"/invoices/{invoices['warranty']['id']}/payments", on_account, version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "account_not_agreed")

    payments = f"/invoices/{invoices['customer']['id']}/payments"
    promised = await counter.made(payments, on_account, version=1)
    assert (promised["paid_fen"], promised["open_fen"], promised["due_fen"]) == (0, 24_000, 0)
    assert await counter.said("payment_received", promised["id"]) == []
    await counter.made(f"{path}/delivery", {}, version=settled["etag"])

    paid = await counter.made(payments, {"method": "transfer", "amount_fen": 24_000}, version=promised["etag"])
    assert (paid["paid_fen"], paid["open_fen"], paid["on_account_fen"]) == (24_000, 0, 0)
    [said] = await counter.said("payment_received", paid["id"])
    assert (said["paid_fen"], said["open_fen"], said["on_account_fen"]) == (24_000, 0, 0)
