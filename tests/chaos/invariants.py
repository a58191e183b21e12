"""What must be true when everything is quiet again, whatever died meanwhile: each a function that lists its offenders."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import asyncpg

from deploy.hears import all_hears
from services.reception.queries.ledger import DIFFERENCES
from shared.database import Stated
from shared.settings import SERVICES, Settings

Databases = dict[str, "asyncpg.Connection[asyncpg.Record]"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant's result; valid when something was checked and nobody offends."""

    name: str
    checked: int
    offenders: Sequence[str]

    @property
    def valid(self) -> bool:
        return self.checked > 0 and not self.offenders

    def told(self) -> dict[str, Any]:
        return {"name": self.name, "valid": self.valid, "checked": self.checked, "offenders": len(self.offenders),
                "sample": list(self.offenders[:5])}  # fmt: skip


async def nothing_lost(databases: Databases) -> Finding:
    """Every announced fact was applied by every service that hears its type."""
    said = {
        row["id"]: row["type"] for service in SERVICES for row in await databases[service].fetch("SELECT id, type FROM outbox")
    }
    missing = []
    for service, hears in all_hears().items():
        types = {kind.type for kind in hears}
        heard = {row["event_id"] for row in await databases[service].fetch("SELECT event_id FROM inbox")}
        missing += [f"{service} never applied {type} {id}" for id, type in said.items() if type in types and id not in heard]
    return Finding("nothing_lost", len(said), missing)


async def versions_once(databases: Databases) -> Finding:
    """No version of an aggregate was spoken about twice."""
    rows = [
        f"{service}: {row['type']} {row['subject']} version {row['version']}"
        for service in SERVICES
        for row in await databases[service].fetch(
            "SELECT subject, version, min(type) AS type FROM outbox GROUP BY subject, epoch, version HAVING count(*) > 1"
        )
    ]
    total = sum([await databases[service].fetchval("SELECT count(*) FROM outbox") for service in SERVICES])
    return Finding("versions_once", total, rows)


ONCE = {
    "parts": {"stock_movements": "part_line_id, kind", "goods_receipts": "cause_id, part_no"},
    "reception": {
        "invoices": "cause_id, payer",
        "payments": "cause_id",
        "refunds": "cause_id",
        "deposits": "cause_id",
        "credit_notes": "cause_id",
        "transfers": "source_id",
        "authorisations": "estimate_id",
        "repair_orders": "cause_id",
    },
    "workshop": {"inspections": "job_id, rework_no", "activities": "job_id, started_at"},
    "followup": {"surveys": "ro_id, kind", "complaints": "survey_id", "survey_attempts": "cause_id"},
    "claims": {"claim_payments": "cause_id", "claims": "store_id, claim_no"},
    "console": {"facts": "event_id"},
}
"""Per table, what may occur only once if every effect happened once (nulls aside)."""


async def effects_once(databases: Databases) -> Finding:
    """No business effect happened twice."""
    checked, doubled = 0, []
    for service, tables in ONCE.items():
        for table, key in tables.items():
            present = " AND ".join(f"{column.strip()} IS NOT NULL" for column in key.split(","))
            checked += await databases[service].fetchval(f"SELECT count(*) FROM {table}")
            twice = await databases[service].fetch(
                f"SELECT {key} FROM {table} WHERE {present} GROUP BY {key} HAVING count(*) > 1"
            )
            doubled += [f"{service}.{table} {dict(row)}" for row in twice]
    return Finding("effects_once", checked, doubled)


def in_sql(name: str, service: str, count: str, offenders: str) -> Callable[[Databases], Awaitable[Finding]]:
    """An invariant of one database: how many rows it looks at, and the rows that break it."""

    async def check(databases: Databases) -> Finding:
        rows = await databases[service].fetch(offenders)
        return Finding(name, await databases[service].fetchval(count), [str(dict(row)) for row in rows])

    check.__name__ = name
    return check


stock_balances = in_sql(
    "stock_balances",
    "parts",
    "SELECT count(*) FROM stock_movements",
    """SELECT l.store_id, l.part_no, l.on_hand_milli, l.reserved_milli, m.on_hand, m.reserved
       FROM stock_levels l FULL JOIN (SELECT store_id, part_no, sum(on_hand_delta_milli) AS on_hand,
            sum(reserved_delta_milli) AS reserved FROM stock_movements GROUP BY 1, 2) m USING (store_id, part_no)
       WHERE coalesce(l.on_hand_milli, 0) <> coalesce(m.on_hand, 0) OR coalesce(l.reserved_milli, 0) <> coalesce(m.reserved, 0)
          OR l.reserved_milli > l.on_hand_milli OR l.reserved_milli < 0""",
)
reservations_balance = in_sql(
    "reservations_balance",
    "parts",
    "SELECT count(*) FROM part_lines",
    """SELECT l.store_id, l.part_no FROM stock_levels l LEFT JOIN (SELECT store_id, part_no, sum(quantity_milli) AS open
            FROM part_lines WHERE state = 'reserved' GROUP BY 1, 2) p USING (store_id, part_no)
       WHERE l.reserved_milli <> coalesce(p.open, 0)""",
)
invoices_sum = in_sql(
    "invoices_sum",
    "reception",
    "SELECT count(*) FROM invoices",
    """SELECT o.id, o.total_fen, i.owed, l.lines, n.waived FROM repair_orders o
       JOIN (SELECT ro_id, sum(amount_fen - credited_fen) AS owed FROM invoices GROUP BY 1) i ON i.ro_id = o.id
       JOIN (SELECT ro_id, sum(amount_fen) AS lines FROM repair_order_lines GROUP BY 1) l ON l.ro_id = o.id
       LEFT JOIN (SELECT ro_id, sum(amount_fen) AS waived FROM credit_notes WHERE rebilled_to IS NULL GROUP BY 1) n
         ON n.ro_id = o.id
       WHERE o.total_fen <> i.owed + coalesce(n.waived, 0) OR l.lines <> o.total_fen""",
)
payments_sum = in_sql(
    "payments_sum",
    "reception",
    "SELECT count(*) FROM payments",
    """SELECT i.id, i.paid_fen, p.paid FROM invoices i LEFT JOIN (SELECT invoice_id, sum(amount_fen - refunded_fen) AS paid
            FROM payments WHERE method <> 'on_account' GROUP BY 1) p ON p.invoice_id = i.id
       WHERE i.paid_fen <> coalesce(p.paid, 0) OR i.paid_fen + i.on_account_fen > i.amount_fen""",
)
credits_sum = in_sql(
    "credits_sum",
    "reception",
    "SELECT count(*) FROM invoices",
    """SELECT i.id, i.credited_fen, n.credited, n.lines FROM invoices i LEFT JOIN (
            SELECT n.invoice_id, sum(n.amount_fen) AS credited, sum(l.amount_fen) AS lines FROM credit_notes n
            JOIN (SELECT credit_note_id, sum(amount_fen) AS amount_fen FROM credit_note_lines GROUP BY 1) l
              ON l.credit_note_id = n.id GROUP BY 1) n ON n.invoice_id = i.id
       WHERE i.credited_fen <> coalesce(n.credited, 0) OR n.credited <> n.lines""",
)
accounts_sum = in_sql(
    "accounts_sum",
    "reception",
    "SELECT count(*) FROM invoices",
    """WITH RECURSIVE file AS (
            SELECT id, id AS holds FROM customers WHERE merged_into IS NULL
            UNION ALL SELECT c.id, file.holds FROM customers c JOIN file ON c.merged_into = file.id)
       SELECT a.customer_id, a.owed_fen, i.owed FROM customer_accounts a FULL JOIN (
            SELECT file.holds AS customer_id, sum(on_account_fen) AS owed
              FROM invoices JOIN file ON file.id = invoices.customer_id GROUP BY 1) i USING (customer_id)
       WHERE coalesce(a.owed_fen, 0) <> coalesce(i.owed, 0)""",
)
members_ledger = in_sql("members_ledger", "reception", "SELECT count(*) FROM payments", DIFFERENCES)
claims_sum = in_sql(
    "claims_sum",
    "claims",
    "SELECT count(*) FROM claim_payments",
    """SELECT c.id, c.paid_fen, c.approved_fen FROM claims c LEFT JOIN (SELECT claim_id, sum(amount_fen) AS paid
            FROM claim_payments GROUP BY 1) p ON p.claim_id = c.id
       WHERE coalesce(c.paid_fen, 0) <> coalesce(p.paid, 0) OR coalesce(c.paid_fen, 0) > coalesce(c.approved_fen, 0)""",
)


async def history_unbroken(databases: Databases) -> Finding:
    """Every state was entered from the one before, without a gap."""
    checked, broken = 0, []
    for service in SERVICES:
        checked += await databases[service].fetchval("SELECT count(*) FROM state_history")
        rows = await databases[service].fetch(
            """SELECT * FROM (SELECT subject_id, seq, from_state, lag(to_state) OVER w AS before, row_number() OVER w AS n
                   FROM state_history WINDOW w AS (PARTITION BY subject_id ORDER BY seq)) h
               WHERE before IS DISTINCT FROM from_state OR n <> seq"""
        )
        broken += [f"{service}: {dict(row)}" for row in rows]
        allowed = steps_of(service)
        taken = await databases[service].fetch(
            "SELECT DISTINCT from_state, to_state FROM state_history WHERE from_state IS NOT NULL"
        )
        broken += [f"{service}: {dict(row)} is no step" for row in taken if (row["from_state"], row["to_state"]) not in allowed]
    return Finding("history_unbroken", checked, broken)


def steps_of(service: str) -> set[tuple[str, str]]:
    """The allowed steps of all state machines of a service."""
    import_module(f"services.{service}.domain")
    kinds = [kind for kind in _kinds_of(Stated) if kind.__module__.startswith(f"services.{service}.")]
    return {step for kind in kinds if "STEPS" in vars(kind) for step in kind.STEPS}


def _kinds_of(kind: type[Stated]) -> Iterator[type[Stated]]:
    """All classes derived from this one, however far."""
    for derived in kind.__subclasses__():
        yield derived
        yield from _kinds_of(derived)


async def replicas_agree(databases: Databases) -> Finding:
    """What reception, workshop and claims know of part lines and jobs is what their owners say, withdrawn part lines aside."""
    wanted = "SELECT id, state FROM part_lines WHERE state <> 'withdrawn'"
    parts = {r["id"]: r["state"] for r in await databases["parts"].fetch(wanted)}
    jobs = {r["id"]: r["state"] for r in await databases["workshop"].fetch("SELECT id, state FROM jobs")}
    progress = {r["id"]: r["stage"] for r in await databases["reception"].fetch("SELECT id, stage FROM line_progress")}
    needs = {r["id"]: r["stage"] for r in await databases["workshop"].fetch("SELECT id, stage FROM job_parts")}
    wrong = [
        f"reception: part line {id} is {progress.get(id)}, not {state}"
        for id, state in parts.items()
        if progress.get(id) != state
    ]
    wrong += [f"workshop: part {id} is {needs.get(id)}, not {state}" for id, state in parts.items() if needs.get(id) != state]
    wrong += [
        f"reception: job {id} is {progress.get(id)}" for id, state in jobs.items() if state == "completed" != progress.get(id)
    ]
    return Finding("replicas_agree", len(parts) + len(jobs), wrong)


async def console_knows_all(databases: Databases) -> Finding:
    """The console keeps every general fact that it hears."""
    general = {kind.type for kind in all_hears()["console"] if not kind.personal}
    said = {
        row["id"]
        for service in SERVICES
        for row in await databases[service].fetch("SELECT id FROM outbox WHERE type = ANY($1)", list(general))
    }
    kept = {row["event_id"] for row in await databases["console"].fetch("SELECT event_id FROM facts")}
    return Finding("console_knows_all", len(said), [str(id) for id in said ^ kept])


async def everything_sent(databases: Databases) -> Finding:
    """No outbox holds an unsent fact."""
    total = sum([await databases[service].fetchval("SELECT count(*) FROM outbox") for service in SERVICES])
    rows = [
        f"{service}: {row['type']} {row['last_error']}"
        for service in SERVICES
        for row in await databases[service].fetch("SELECT type, last_error FROM outbox WHERE sent_at IS NULL")
    ]
    return Finding("everything_sent", total, rows)


INVARIANTS: tuple[Callable[[Databases], Awaitable[Finding]], ...] = (
    nothing_lost, everything_sent, versions_once, effects_once, stock_balances, reservations_balance, invoices_sum,
    payments_sum, credits_sum, accounts_sum, members_ledger, claims_sum, history_unbroken, replicas_agree, console_knows_all,
)  # fmt: skip


async def verify(conf: Settings) -> list[Finding]:
    """All invariants, on the databases of these settings."""
    async with AsyncExitStack() as stack:
        databases: Databases = {}
        for service in SERVICES:
            url = conf.postgres_url(f"{service}_owner", conf.database(service))
            databases[service] = await asyncpg.connect(url, timeout=30)
            stack.push_async_callback(databases[service].close)
        return [await check(databases) for check in INVARIANTS]
