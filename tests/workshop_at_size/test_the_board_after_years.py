"""The board reads what is open and nothing else, whatever the years have left behind (W1)."""

import pytest

from services.workshop.queries.board import BOARD, moment_of
from tests.databases import as_role
from tests.stack import Stack
from tests.workshop_at_size.plans import Sought, sought
from tests.workshop_at_size.years import FINISHED, STORE

pytestmark = pytest.mark.usefixtures("now")
OPEN = {
    "jobs": {"ix_jobs_open"},
    "activities": {"ix_activities_open"},
    "attendances": {"ix_attendances_open"},
    "outages": {"ix_outages_bay", "ix_outages_equipment_id"},
    "holds": {"ix_holds_open", "ix_holds_away"},
    "job_parts": {"ix_job_parts_job_id"},
    "vehicles": {"pk_vehicles"},
}
MOST_ROWS = 1_500
"""The open jobs, their parts and cars, the people, the bays, and their shifts of two days."""


async def _board(stack: Stack, plan_cache_mode: str) -> Sought:
    return await sought(BOARD, moment_of(STORE), STORE, stack.settings, plan_cache_mode)


@pytest.mark.parametrize("plan_cache_mode", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize("statistics", ["of the first day", "of today"])
async def test_the_board_reads_only_what_is_open(years: Stack, statistics: str, plan_cache_mode: str) -> None:
    """Also while PostgreSQL still believes that nearly everything is open: these tests come before those of the measures, which
    have it look anew."""
    if statistics == "of today":
        async with as_role("workshop_owner", "workshop", years.settings) as owner:
            await owner.execute("ANALYZE")
    found = await _board(years, plan_cache_mode)
    assert {table: found.of(table) for table in OPEN} == OPEN
    assert found.rows < MOST_ROWS < FINISHED
