"""The trial balance of the members' ledger, and whether everything agrees with its legs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import LedgerBalance
from shared.database import ALL_STORES

DIFFERENCES = """
    WITH legs AS (SELECT t.store_id, l.* FROM transfer_legs l JOIN transfers t ON t.id = l.transfer_id),
         balances AS (SELECT store_id, account, unit, sum(amount) AS moved FROM legs GROUP BY 1, 2, 3),
         lots AS (SELECT holding_id AS id,
                         coalesce(sum(amount) FILTER (WHERE account <> 'package' OR unit <> 'fen'), 0) AS rest,
                         coalesce(sum(amount) FILTER (WHERE account = 'package' AND unit = 'fen'), 0) AS worth
                    FROM legs WHERE holding_id IS NOT NULL GROUP BY 1)
    SELECT 'transfer' AS what, transfer_id::text AS which, min(store_id) AS store_id
                FROM legs GROUP BY transfer_id, unit HAVING sum(amount) <> 0
    UNION ALL SELECT 'transfer', id::text, store_id FROM transfers WHERE id NOT IN (SELECT transfer_id FROM transfer_legs)
    UNION ALL SELECT 'balance', concat_ws(' ', store_id, account, unit), store_id
                FROM ledger_balances b FULL JOIN balances m USING (store_id, account, unit)
               WHERE coalesce(b.balance, 0) <> coalesce(m.moved, 0)
    UNION ALL SELECT 'unit', concat_ws(' ', store_id, unit), store_id FROM ledger_balances
               GROUP BY store_id, unit HAVING sum(balance) <> 0
    UNION ALL SELECT 'holding', h.id::text, h.store_id FROM holdings h LEFT JOIN lots USING (id)
               WHERE h.balance <> coalesce(lots.rest, 0) OR h.worth_fen <> coalesce(lots.worth, 0)
    UNION ALL SELECT 'short', m.id::text, m.joined_store_id FROM members m LEFT JOIN (
                     SELECT coalesce(m.merged_into, m.id) AS id, -sum(l.amount) AS short FROM transfer_legs l
                       JOIN transfers t ON t.id = l.transfer_id JOIN members m ON m.id = t.member_id
                      WHERE l.account = 'points_short' GROUP BY 1) booked USING (id)
               WHERE m.points_short <> coalesce(booked.short, 0)
    UNION ALL SELECT 'payment', p.id::text, p.store_id FROM payments p LEFT JOIN (
                     SELECT coalesce(r.payment_id, t.source_id) AS id, sum(l.amount) AS redeemed FROM legs l
                       JOIN transfers t ON t.id = l.transfer_id LEFT JOIN refunds r ON r.id = t.source_id
                      WHERE l.account = 'redeemed' AND l.unit = 'fen' GROUP BY 1) used USING (id)
               WHERE p.method IN ('stored_value', 'points', 'package', 'voucher')
                 AND p.amount_fen - p.refunded_fen <> coalesce(used.redeemed, 0)
    ORDER BY 1, 2
"""
"""SQL: whatever does not agree with the legs, and in which store that was given, moved or paid.  It reads the whole ledger:
once a day, not at every look at the trial balance."""


async def trial_balance(store_id: str | None, session: AsyncSession) -> Sequence[LedgerBalance]:
    """All accounts of the caller's stores, or of one; read from balances, not from the movements."""
    found = select(LedgerBalance).order_by(LedgerBalance.store_id, LedgerBalance.unit, LedgerBalance.account)
    if store_id is not None:
        found = found.where(LedgerBalance.store_id == store_id)
    return (await session.scalars(found)).all()


async def differences(session: AsyncSession, store_id: str | None = None) -> list[dict[str, Any]]:
    """What does not agree in the stores that the session sees, or in one of them: nothing, unless something is broken.
    Balances of other stores are hidden from a session, movements are not: what differs there is no finding."""
    found = text(DIFFERENCES).columns(what=Text, which=Text, store_id=Text).subquery()
    stores = func.current_setting("app.stores")
    seen = (stores == ALL_STORES) | (found.c.store_id == func.any(func.string_to_array(stores, ",")))
    asked = select(found).where(seen).order_by(found.c.what, found.c.which)
    if store_id is not None:
        asked = asked.where(found.c.store_id == store_id)
    return [dict(row) for row in (await session.execute(asked)).mappings()]
