"""Booking on customers' accounts; the account's row is locked after the invoice's."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Customer, CustomerAccount, Invoice
from shared.cause import cause


async def account_of(customer_id: UUID, session: AsyncSession) -> CustomerAccount:
    """The customer's account, locked, under the file that holds; made with the first booking."""
    while True:
        holder = (await session.scalars(Customer.survivor_of(customer_id))).one()
        account = await _locked(holder, session)
        if holder == (await session.scalars(Customer.survivor_of(customer_id))).one():  # not merged while we waited
            return account


async def merge_accounts(given_up: UUID, survivor: UUID, session: AsyncSession) -> None:
    """What is owed under the file that was given up is owed under the one that holds."""
    accounts = {id: await _locked(id, session) for id in sorted((given_up, survivor))}
    accounts[survivor].take_over(accounts[given_up])


async def _locked(customer_id: UUID, session: AsyncSession) -> CustomerAccount:
    made = insert(CustomerAccount).values(customer_id=customer_id, owed_fen=0, cause_id=cause().id)
    await session.execute(made.on_conflict_do_nothing())
    return await session.get_one(CustomerAccount, customer_id, with_for_update=True)


async def follow_invoice(invoice: Invoice, before_fen: int, session: AsyncSession) -> None:
    """The account owes as much less as the invoice's part on account shrank from `before_fen`."""
    if invoice.customer_id is not None and (less := before_fen - invoice.on_account_fen) > 0:
        (await account_of(invoice.customer_id, session)).settle(less)
