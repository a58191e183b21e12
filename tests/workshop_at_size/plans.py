"""How PostgreSQL went about a statement."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.settings import Settings
from tests.databases import as_role


@dataclass(frozen=True)
class Sought:
    """`scans`: (table, index or '' where it was read from end to end); `rows` that were touched, wanted or not."""

    scans: frozenset[tuple[str, str]]
    rows: int

    def of(self, table: str) -> set[str]:
        return {index for name, index in self.scans if name == table}


async def sought(
    statement: str, values: Mapping[str, Any], store: str, conf: Settings, plan_cache_mode: str = "force_generic_plan"
) -> Sought:
    """Run as the service, with this store's rows only, and planned without regard to the values."""
    names = list(values)
    asked = re.sub(r"(?<!:):(\w+)", lambda match: f"${names.index(match[1]) + 1}", statement)
    kinds = ", ".join(_kind(value) for value in values.values())
    given = ", ".join(_literal(value) for value in values.values())
    async with as_role("workshop", "workshop", conf, plan_cache_mode=plan_cache_mode) as service:
        await service.execute(f"SET app.stores = '{store}'")
        await service.execute(f"PREPARE asked ({kinds}) AS {asked}")
        (told,) = json.loads(await service.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked ({given})"))
    scans, rows = set(), 0
    for node, table in _nodes(told["Plan"], ""):
        if "Scan" in node["Node Type"] and node["Node Type"] not in ("CTE Scan", "Subquery Scan", "Function Scan"):
            if node["Node Type"] != "Bitmap Heap Scan":
                scans.add((table, node.get("Index Name", "")))
            touched = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            rows += round((touched + node.get("Rows Removed by Index Recheck", 0)) * node["Actual Loops"])
    return Sought(frozenset(scans), rows)


_KINDS = {str: "text", datetime: "timestamptz", date: "date"}


def _kind(value: Any) -> str:
    return f"{_KINDS[type(value[0])]}[]" if isinstance(value, list) else _KINDS[type(value)]


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(_literal, value))}]::{_kind(value)}"
    return "'" + str(value).replace("'", "''") + "'"


def _nodes(plan: dict[str, Any], table: str) -> Iterator[tuple[dict[str, Any], str]]:
    table = plan.get("Relation Name", table if "Bitmap" in plan["Node Type"] else "")
    yield plan, table
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner, table)
