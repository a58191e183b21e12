"""A desk that tells how the database found what was asked for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import Engine, event

from shared.settings import Settings
from tests.callers import called_by
from tests.databases import as_role

STORE = "sh01"
BIG = {"repair_orders", "vehicles", "customers", "rescue_calls"}
MOST_ROWS = 600
"""As many rows of the big tables may be touched for a page of 50."""


@dataclass(frozen=True)
class Sought:
    """How a plan went through the big tables."""

    scans: tuple[tuple[str, str], ...]
    """(table, kind of scan)"""
    rows: int
    """Rows that were touched, whether they were wanted or not."""


@dataclass(frozen=True)
class Desk:
    """An advisor's desk in one store."""

    client: httpx.AsyncClient
    engine: Engine
    conf: Settings

    async def get(self, path: str, *roles: str, store: str = STORE, **query: Any) -> dict[str, Any]:
        headers = called_by(*(roles or ("advisor",)), store=store)
        answer = await self.client.get(path, params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def sought(self, path: str, **query: Any) -> tuple[dict[str, Any], Sought]:
        """The answer, and how its big tables were gone through: the statements of the very request, planned without regard to
        their values and run as the service with this store's rows only."""
        with self._listening() as said:
            answer = await self.get(path, **query)
        assert said, "something was asked of the big tables"
        scans: list[tuple[str, str]] = []
        rows = 0
        async with as_role("reception", "reception", self.conf, plan_cache_mode="force_generic_plan") as service:
            await service.execute(f"SET app.stores = '{STORE}'")
            for statement, values in said:
                await service.execute(f"PREPARE asked AS {statement}")
                given = f"({', '.join(map(_literal, values))})" if values else ""
                (told,) = json.loads(await service.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked{given}"))
                await service.execute("DEALLOCATE asked")
                for node in _nodes(told["Plan"]):
                    if "Scan" in node["Node Type"]:
                        scans.append((node.get("Relation Name", node.get("Index Name", "")), node["Node Type"]))
                        touched = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                        rows += round((touched + node.get("Rows Removed by Index Recheck", 0)) * node["Actual Loops"])
        return answer, Sought(tuple(scans), rows)

    @contextmanager
    def _listening(self) -> Iterator[list[tuple[str, Any]]]:
        said: list[tuple[str, Any]] = []

        def hear(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
            if any(f"FROM {table}" in statement for table in BIG):
                said.append((statement, values))

        event.listen(self.engine, "before_cursor_execute", hear)
        try:
            yield said
        finally:
            event.remove(self.engine, "before_cursor_execute", hear)


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
