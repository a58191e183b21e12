"""The daily record of a store (K6): money by method, bills by payer, cars and hours – each figure a sum over rows of that day
in the store's own zone."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.settings import stores

_MONEY = text("""
    SELECT method, sum(paid_fen)::bigint AS paid_fen, sum(deposited_fen)::bigint AS deposited_fen,
           sum(paid_in_fen)::bigint AS paid_in_fen, sum(refunded_fen)::bigint AS refunded_fen
    FROM (SELECT method, amount_fen AS paid_fen, 0 AS deposited_fen, 0 AS paid_in_fen, 0 AS refunded_fen FROM payments
           WHERE store_id = :store AND received_at >= :begin AND received_at < :end AND transfer_id IS NULL
          UNION ALL SELECT method, 0, amount_fen, 0, 0 FROM deposits
           WHERE store_id = :store AND received_at >= :begin AND received_at < :end
          UNION ALL SELECT r.method, 0, 0, 0, r.amount_fen FROM refunds r LEFT JOIN payments p ON p.id = r.payment_id
           WHERE r.store_id = :store AND refunded_at >= :begin AND refunded_at < :end AND p.transfer_id IS NULL
          UNION ALL SELECT t.method, 0, 0, -least(l.amount, 0), greatest(l.amount, 0)
            FROM transfers t JOIN transfer_legs l ON l.transfer_id = t.id
           WHERE t.store_id = :store AND t.moved_at >= :begin AND t.moved_at < :end
             AND l.account IN ('cash_received', 'refunds_paid') AND l.unit = 'fen') AS moved
    GROUP BY method ORDER BY method
""")
_REDEEMED = text("""
    SELECT t.method, sum(greatest(l.amount, 0))::bigint AS redeemed_fen, -sum(least(l.amount, 0))::bigint AS given_back_fen
    FROM transfers t JOIN transfer_legs l ON l.transfer_id = t.id
    WHERE t.store_id = :store AND t.moved_at >= :begin AND t.moved_at < :end AND l.account = 'redeemed' AND l.unit = 'fen'
    GROUP BY t.method ORDER BY t.method
""")
_BILLS = text("""
    SELECT payer, sum(invoices)::bigint AS invoices, sum(invoiced_fen)::bigint AS invoiced_fen,
           sum(credited_fen)::bigint AS credited_fen
    FROM (SELECT payer, 1 AS invoices, amount_fen AS invoiced_fen, 0 AS credited_fen FROM invoices
           WHERE store_id = :store AND issued_at >= :begin AND issued_at < :end
          UNION ALL SELECT i.payer, 0, 0, n.amount_fen FROM credit_notes n JOIN invoices i ON i.id = n.invoice_id
           WHERE n.store_id = :store AND n.credited_at >= :begin AND n.credited_at < :end) AS billed
    GROUP BY payer ORDER BY payer
""")
_CARS = text("""
    SELECT count(*) FILTER (WHERE checked_in_at >= :begin AND checked_in_at < :end) AS checked_in,
           count(*) FILTER (WHERE delivered_at >= :begin AND delivered_at < :end) AS delivered
    FROM repair_orders WHERE store_id = :store
     AND (checked_in_at >= :begin AND checked_in_at < :end OR delivered_at >= :begin AND delivered_at < :end)
""")
_WORK = text("""
    SELECT CASE WHEN l.kind = 'part' THEN 'parts' WHEN l.kind IN ('sublet', 'agency') THEN l.kind
                ELSE coalesce(o.trade, lower(CASE WHEN strpos(l.op_code, '-') > 1 THEN split_part(l.op_code, '-', 1)
                                       ELSE 'mechanical' END))
           END AS trade,
           sum(b.amount_fen - CASE WHEN l.third_party_fen > 0
                                   THEN div(b.amount_fen::numeric * l.third_party_fen, l.amount_fen)
                                   ELSE 0 END)::bigint AS amount_fen
    FROM invoices i JOIN invoice_lines b ON b.invoice_id = i.id JOIN repair_order_lines l ON l.id = b.ro_line_id
         LEFT JOIN operations o ON o.op_code = l.op_code
    WHERE i.store_id = :store AND i.issued_at >= :begin AND i.issued_at < :end AND i.credit_note_id IS NULL
    GROUP BY 1 ORDER BY 1
""")
"""What is passed through to third parties is nobody's sale.  The trade is the catalogue's; of operations that it does not have,
the beginning of their code."""
_SETTLED = text("""
    SELECT count(DISTINCT ro_id) FROM invoices
    WHERE store_id = :store AND issued_at >= :begin AND issued_at < :end AND credit_note_id IS NULL
""")
_HOURS = text("""
    SELECT coalesce(o.trade, lower(CASE WHEN strpos(l.op_code, '-') > 1 THEN split_part(l.op_code, '-', 1)
                                       ELSE 'mechanical' END)) AS trade,
           coalesce(sum(l.flat_hours_milli), 0)::bigint AS sold_hours_milli
    FROM repair_order_lines l LEFT JOIN operations o ON o.op_code = l.op_code
    WHERE l.kind = 'labour' AND l.withdrawn_at IS NULL AND l.ro_id IN (
          SELECT ro_id FROM invoices
           WHERE store_id = :store AND issued_at >= :begin AND issued_at < :end AND credit_note_id IS NULL)
    GROUP BY 1
""")


async def daily_record(store_id: str, on: date, session: AsyncSession) -> dict[str, Any]:
    """What happened in the store on that day of its own."""
    zone = ZoneInfo(stores()[store_id].time_zone)
    begin = datetime(on.year, on.month, on.day, tzinfo=zone)
    following = on + timedelta(days=1)
    span = {"store": store_id, "begin": begin, "end": datetime(following.year, following.month, following.day, tzinfo=zone)}

    async def rows(query: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in (await session.execute(query, span)).mappings()]

    hours = {row["trade"]: row["sold_hours_milli"] for row in await rows(_HOURS)}
    [cars] = await rows(_CARS)
    return {
        "store_id": store_id,
        "on": on,
        "money": await rows(_MONEY),
        "redeemed": await rows(_REDEEMED),
        "bills": await rows(_BILLS),
        "work": [{**row, "sold_hours_milli": hours.get(row["trade"], 0)} for row in await rows(_WORK)],
        "cars": {**cars, "settled": await session.scalar(_SETTLED, span)},
    }
