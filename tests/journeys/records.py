"""The databases of the whole group, looked at by their owners, who see the rows of all stores."""

from shared.settings import SERVICES, Settings
from tests.databases import Connection, as_role


async def tables(owner: Connection) -> list[str]:
    """Every table of a database but partitions, which are seen through their parents."""
    rows = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition ORDER BY relname"
    )
    return [row["relname"] for row in rows]


LOOKED_AT = {
    "workshop.capacities": ("version", "loaded_hours_milli", "review_at"),
    "workshop.capacity_plans": ("plan_at", "planned_at"),
    "workshop.promise_watches": ("version", "level", "reason", "predicted_at", "said_of", "review_at"),
    "workshop.round_plans": ("opened_until_on", "open_at"),
    "workshop.safety_rounds": ("version", "state", "state_seq"),
    "workshop.safety_findings": ("version", "overdue_said"),
}
"""What due work changes by the clock, whoever asks for what meanwhile."""


async def contents(conf: Settings) -> dict[str, tuple[int, str]]:
    """Every table of every service: its number of rows and a digest of them."""
    found = {}
    for service in SERVICES:
        async with as_role(f"{service}_owner", service, conf) as owner:
            for table in await tables(owner):
                name = f"{service}.{table}"
                kept = "to_jsonb(row) - $1::text[]"
                digest = f"SELECT count(*), coalesce(sum(hashtextextended(({kept})::text, 0)), 0)::text"
                found[name] = tuple(await owner.fetchrow(f"{digest} FROM {table} AS row", list(LOOKED_AT.get(name, ()))))
    return found
