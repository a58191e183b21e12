"""Correcting issued invoices."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.invoices import CreditInvoice
from services.reception.domain import CreditNote, Invoice, RepairOrder, RepairOrderLine, credit_note_number
from services.reception.domain.kinds import refuse_new_payer
from services.reception.handlers.accounts import follow_invoice
from services.reception.handlers.approvals import use_approval
from services.reception.handlers.invoices import next_invoice_no
from services.reception.handlers.numbers import next_number
from services.reception.handlers.redemptions import follow_points
from shared import clock
from shared.outbox import announce
from shared.refusal import Invalid
from shared.settings import stores


async def credit_invoice(invoice_id: UUID, command: CreditInvoice, session: AsyncSession) -> Invoice:
    """Take back all or part of an invoice, and bill it to somebody else where that is asked."""
    invoice = await session.get_one(Invoice, invoice_id)
    if command.rebill_to == invoice.payer:
        raise Invalid("body.rebill_to", "same_payer", "This payer is billed already.")
    amounts = {line.ro_line_id: line.amount_fen for line in command.lines} or invoice.creditable()
    invoice.refuse_to_credit_more_than_is_left(amounts)
    if command.rebill_to == "customer":
        order = await session.get_one(RepairOrder, invoice.ro_id, with_for_update=True)
        order.bill_again()
    if command.rebill_to:
        await _refuse_new_payer(command.rebill_to, invoice, amounts, session)
    values = {
        "invoice_id": str(invoice.id),
        "lines": [[str(line), amount] for line, amount in sorted(amounts.items())],
        "rebill_to": command.rebill_to,
        "reason_code": command.reason_code,
    }
    kind = "payer_switch" if command.rebill_to else "credit_note"
    approval = await use_approval(command.approval_id, kind, invoice.id, values, session)
    day = clock.day_in(stores()[invoice.store_id].time_zone)
    note = CreditNote.over(
        amounts,
        store_id=invoice.store_id,
        ro_id=invoice.ro_id,
        invoice_id=invoice.id,
        credit_note_no=credit_note_number(
            invoice.store_id, day, await next_number(invoice.store_id, "credit_note", day, session)
        ),
        rebilled_to=command.rebill_to,
        reason_code=command.reason_code,
        approval_id=approval.id,
    )
    before = invoice.on_account_fen
    announce(session, invoice.credit(note))
    invoice.credit_notes.append(note)
    await follow_invoice(invoice, before, session)
    if command.rebill_to:
        await session.flush()
        anew = invoice.rebilled(note, command.rebill_to)
        announce(session, anew.issue(await next_invoice_no(invoice.store_id, session), replaces_id=invoice.id))
        session.add(anew)
    await follow_points(invoice, session)
    return invoice


async def _refuse_new_payer(payer: str, invoice: Invoice, line_ids: Collection[UUID], session: AsyncSession) -> None:
    order = await session.get_one(RepairOrder, invoice.ro_id)
    lines = await session.scalars(select(RepairOrderLine).where(RepairOrderLine.id.in_(line_ids)))
    refuse_new_payer(payer, order.order_kind, lines.all())
