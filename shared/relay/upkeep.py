"""What a relay's leader does beside sending: partitions, old rows, and the outbox's gauges.  Its failures stop no fact."""

import asyncpg
import structlog

from shared import telemetry

log = structlog.get_logger("relay")
TIDYING = (
    "SELECT keep_outbox_partitions()",
    "DELETE FROM inbox WHERE event_id IN"
    " (SELECT event_id FROM inbox WHERE handled_at < now() - interval '35 days' LIMIT 10000)",
    "DELETE FROM inbox_trials WHERE event_id IN"
    " (SELECT event_id FROM inbox_trials WHERE raised_at < now() - interval '35 days' LIMIT 10000)",
    "DELETE FROM idempotency_keys WHERE (caller, route, key) IN"
    " (SELECT caller, route, key FROM idempotency_keys WHERE created_at < now() - interval '48 hours' LIMIT 10000)",
)


async def tidy(service: str, pg: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Tomorrow's partitions, last month's rows, answers and trials that nobody needs any more; whether all went well."""
    well = True
    for statement in TIDYING:
        try:
            async with pg.transaction():
                await pg.execute("SET LOCAL lock_timeout = '2s'")
                await pg.execute(statement)
        except (asyncpg.PostgresError, TimeoutError) as error:
            if pg.is_closed():
                raise
            well = False
            log.warning("tidying failed, trying again soon", service=service, work=statement[:40], error=type(error).__name__)
    return well


async def measure(service: str, pg: "asyncpg.Connection[asyncpg.Record]") -> None:
    """How many facts wait to be sent, and how long the oldest has waited."""
    pending, oldest = await pg.fetchrow(
        "SELECT count(*), coalesce(extract(epoch FROM now() - min(announced_at)), 0)::float8 FROM outbox WHERE sent_at IS NULL"
    )
    telemetry.OUTBOX_PENDING.labels(service=service).set(pending)
    telemetry.OUTBOX_OLDEST_AGE.labels(service=service).set(oldest)
