"""Booking what moves between members and the house."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from services.reception.domain import Invoice, Member, Purse, Transfer
from shared.outbox import announce

MOVED = "ledger_moved"
"""Key in a session's `info`: by store, account and unit, what its transaction moved."""

_MOVE = text("""
    INSERT INTO ledger_balances AS b (store_id, account, unit, balance)
    SELECT store_id, account, unit, amount
    FROM unnest(CAST(:store_id AS text[]), CAST(:account AS text[]), CAST(:unit AS text[]), CAST(:amount AS bigint[]))
         AS moved (store_id, account, unit, amount) ORDER BY 1, 2, 3
    ON CONFLICT (store_id, account, unit) DO UPDATE SET balance = b.balance + excluded.balance
""")


def movement(kind: str, store_id: str, member: Member, **more: Any) -> Transfer:
    """Of a locked member in a store; legs are the purse's to add."""
    return Transfer(store_id=store_id, member_id=member.id, kind=kind, **more)


def movement_for(invoice: Invoice, kind: str, member: Member, **more: Any) -> Transfer:
    """Because of a bill."""
    return movement(kind, invoice.store_id, member, invoice_id=invoice.id, **more)


async def book(purse: Purse, transfer: Transfer, session: AsyncSession, *, correlation: UUID | None = None) -> bool:
    """Keep a movement of a locked purse and say it; whether anything moved."""
    purse.note_next_expiry()
    session.add_all(purse.new)
    purse.new.clear()
    await session.flush()  # holdings stand before the legs that name them
    if not transfer.legs:
        return False
    announce(session, purse.member.book(transfer, correlation))
    moved: Counter[tuple[str, str, str]] = session.sync_session.info.setdefault(MOVED, Counter())
    for leg in transfer.legs:
        moved[transfer.store_id, leg.account, leg.unit] += leg.amount
    session.add(transfer)
    await session.flush()
    return True


@event.listens_for(Session, "before_commit")
def _move_balances(session: Session) -> None:
    """Everybody in a store moves the same few balances: they are locked last and all at once, in the order of their keys, so
    that nobody who holds one waits for anything else."""
    moved: Counter[tuple[str, str, str]] | None = session.info.get(MOVED)
    if not moved or session.in_nested_transaction():
        return
    rows = [(*key, amount) for key, amount in sorted(moved.items()) if amount]
    if not rows:
        return
    columns = zip(*rows, strict=True)
    session.connection().execute(_MOVE, dict(zip(("store_id", "account", "unit", "amount"), map(list, columns), strict=True)))


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(MOVED, None)
