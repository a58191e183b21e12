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


async def contents(conf: Settings) -> dict[str, tuple[int, str]]:
    """Every table of every service: its number of rows and a digest of them."""
    found = {}
    for service in SERVICES:
        async with as_role(f"{service}_owner", service, conf) as owner:
            for table in await tables(owner):
                digest = "SELECT count(*), coalesce(sum(hashtextextended(row::text, 0)), 0)::text"
                found[f"{service}.{table}"] = tuple(await owner.fetchrow(f"{digest} FROM {table} AS row"))
    return found
