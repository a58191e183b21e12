"""When a bill may be made, money taken, and the key handed over."""

from datetime import timedelta

import pytest

from services.reception.domain import Handover, Invoice, LineProgress, Payment
from shared.database import new_id
from shared.refusal import Refused
from tests.reception.words import (
    A_HANDOVER,
    NOON,
    STORE,
    a_draft,
    a_labour_line,
    a_part_line,
    all_done,
    authorised,
    quality_failed,
    reserved,
    settled,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("at_noon")
IN_A_MONTH = NOON.date() + timedelta(days=30)


def a_payment(amount_fen: int, method: str = "cash") -> Payment:
    return Payment(
        id=new_id(), store_id=STORE, invoice_id=new_id(), method=method, amount_fen=amount_fen, reference=None, received_at=NOON
    )


def paid(invoice: Invoice) -> None:
    invoice.pay(a_payment(invoice.open_fen))


def test_an_order_cannot_be_settled_while_a_job_is_unfinished() -> None:
    """R8."""
    order, job = a_draft(), a_labour_line()
    lines = authorised(order, job, a_part_line(job))
    with pytest.raises(Refused) as refused:
        order.settle(lines, {})
    assert (refused.value.code, refused.value.parameters) == ("lines_not_finished", {"ro_line_ids": [job.id]})

    sent_back = all_done(lines)
    sent_back[job.id].tell(quality_failed(job.id, order.id, 10))
    with pytest.raises(Refused) as refused:
        order.settle(lines, sent_back)
    assert (refused.value.code, order.state) == ("lines_not_finished", "authorised")


def test_an_order_cannot_be_settled_while_a_part_is_not_issued() -> None:
    order, job = a_draft(), a_labour_line()
    part = a_part_line(job)
    lines = authorised(order, job, part)
    done = all_done(lines)
    done[part.id] = LineProgress.stub(part.id, STORE)
    done[part.id].tell(reserved(part.id, order.id, 1))
    with pytest.raises(Refused) as refused:
        order.settle(lines, done)
    assert (refused.value.code, refused.value.parameters) == ("parts_not_issued", {"ro_line_ids": [part.id]})


def test_the_work_is_complete_with_the_last_job_and_part_and_not_when_one_comes_back() -> None:
    """R8: the advisor finds the orders that can be settled by their state."""
    order, job = a_draft(), a_labour_line()
    lines = authorised(order, job, a_part_line(job))
    done, version = all_done(lines), order.version
    order.follow(lines, {job.id: done[job.id]})
    assert (order.state, order.version) == ("authorised", version)
    order.follow(lines, done)
    assert (order.state, order.version) == ("work_complete", version + 1)

    done[job.id].tell(quality_failed(job.id, order.id, 10))
    with pytest.raises(Refused) as refused:
        order.settle(lines, done)
    assert refused.value.code == "lines_not_finished"
    order.follow(lines, done)
    assert (order.state, order.version) == ("authorised", version + 2)


def test_each_payer_gets_one_invoice() -> None:
    """R8."""
    brakes, recall = a_labour_line(), a_labour_line(payers={"warranty": 10_000}, position=2)
    order, _, invoices = settled(brakes, a_part_line(brakes), recall)
    assert {invoice.payer: invoice.amount_fen for invoice in invoices} == {"customer": 69_500, "warranty": 24_000}
    assert (order.state, order.total_fen) == ("settled", 93_500)


def test_a_payment_above_the_open_amount_is_refused() -> None:
    _, _, [invoice] = settled(a_labour_line())
    said = invoice.pay(a_payment(20_000))
    assert (said.paid_fen, said.open_fen) == (20_000, 4_000)
    with pytest.raises(Refused) as refused:
        invoice.pay(a_payment(4_001))
    assert (refused.value.code, invoice.open_fen) == ("payment_above_open_amount", 4_000)
    assert invoice.pay(a_payment(4_000)).open_fen == 0


def test_only_customers_with_terms_pay_on_account() -> None:
    _, _, [invoice] = settled(a_labour_line())
    with pytest.raises(Refused) as refused:
        invoice.put_on_account(a_payment(24_000, "on_account"), account_terms=False, due_on=IN_A_MONTH)
    assert refused.value.code == "account_not_agreed"
    invoice.put_on_account(a_payment(24_000, "on_account"), account_terms=True, due_on=IN_A_MONTH)
    assert (invoice.open_fen, invoice.on_account_fen, invoice.due_fen) == (24_000, 24_000, 0)


def test_no_other_payer_s_invoice_goes_on_the_customer_s_account() -> None:
    """R8: the terms are the customer's; the maker or the insurer pays by other ways."""
    _, _, [invoice] = settled(a_labour_line(payers={"warranty": 10_000}))
    with pytest.raises(Refused) as refused:
        invoice.put_on_account(a_payment(24_000, "on_account"), account_terms=True, due_on=IN_A_MONTH)
    assert (refused.value.code, invoice.on_account_fen) == ("account_not_agreed", 0)


def test_what_stands_on_account_is_no_money_and_can_be_paid_later() -> None:
    """R8: the key is handed over on terms; the company's transfer is booked when it comes, to the last fen."""
    order, lines, [invoice] = settled(a_labour_line())
    invoice.put_on_account(a_payment(24_000, "on_account"), account_terms=True, due_on=IN_A_MONTH)
    assert invoice.paid_fen == 0
    order.deliver(lines, [invoice], 42_010, A_HANDOVER)

    said = invoice.pay(a_payment(10_000, "transfer"))
    assert (said.paid_fen, said.open_fen, said.on_account_fen) == (10_000, 14_000, 14_000)
    said = invoice.pay(a_payment(14_000, "transfer"))
    assert (said.paid_fen, said.open_fen, said.on_account_fen) == (24_000, 0, 0)
    with pytest.raises(Refused) as refused:
        invoice.pay(a_payment(1, "transfer"))
    assert refused.value.code == "payment_above_open_amount"


@pytest.mark.parametrize("cash_first", [True, False])
def test_a_bill_may_be_paid_part_in_cash_and_part_on_account(cash_first: bool) -> None:
    """Money at the counter counts for what is due there, so that the order of the two does not matter."""
    order, lines, [invoice] = settled(a_labour_line())
    if cash_first:
        invoice.pay(a_payment(10_000))
    invoice.put_on_account(a_payment(14_000, "on_account"), account_terms=True, due_on=IN_A_MONTH)
    with pytest.raises(Refused) as refused:
        invoice.put_on_account(a_payment(10_001, "on_account"), account_terms=True, due_on=IN_A_MONTH)
    assert refused.value.code == "payment_above_open_amount"
    if not cash_first:
        invoice.pay(a_payment(10_000))
    assert (invoice.paid_fen, invoice.on_account_fen, invoice.due_fen) == (10_000, 14_000, 0)
    order.deliver(lines, [invoice], 42_010, A_HANDOVER)


def test_the_key_is_not_handed_over_while_the_customer_owes_something() -> None:
    """R8, R9."""
    order, lines, invoices = settled(a_labour_line(), a_labour_line(payers={"warranty": 10_000}, position=1))
    with pytest.raises(Refused) as refused:
        order.deliver(lines, invoices, 42_010, A_HANDOVER)
    assert (refused.value.code, refused.value.parameters, order.state) == ("invoice_open", {"open_fen": 24_000}, "settled")

    paid(next(invoice for invoice in invoices if invoice.payer == "customer"))
    said = order.deliver(lines, invoices, 42_010, Handover(handed_to="驾驶员"))
    assert (said.delivered_at, said.survey_excluded, order.handed_to) == (NOON, False, "驾驶员")


def test_a_car_with_internal_work_only_gets_no_survey() -> None:
    """R12: nobody asks our own yard how it liked the repair."""
    order, lines, invoices = settled(a_labour_line(payers={"internal": 10_000}))
    assert order.deliver(lines, invoices, 42_010, A_HANDOVER).survey_excluded


def test_the_odometer_at_delivery_is_not_below_the_one_at_check_in() -> None:
    order, lines, invoices = settled(a_labour_line(payers={"internal": 10_000}))
    with pytest.raises(Refused) as refused:
        order.deliver(lines, invoices, 41_999, A_HANDOVER)
    assert refused.value.code == "odometer_runs_backwards"
    said = order.deliver(lines, invoices, 3, A_HANDOVER, "cluster replaced")
    assert (said.odometer_km, order.delivery_odometer_km, order.delivery_reset_reason) == (3, 3, "cluster replaced")
