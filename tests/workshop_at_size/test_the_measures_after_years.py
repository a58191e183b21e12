"""Measures read the range that they are asked for, whatever came before and after it (K1)."""

from datetime import timedelta

import pytest

from benchmarks.board.history import JOBS_A_DAY
from services.workshop.queries import measures as asked
from tests.databases import as_role
from tests.stack import Stack
from tests.workshop_at_size.plans import sought
from tests.workshop_at_size.years import NOW, STORE

pytestmark = pytest.mark.usefixtures("now")
WEEK = 7
OPEN_TOO = {"ix_attendances_closes_at": "ix_attendances_open"}
"""Has the same rows."""
INDEXES = {
    "attended": {"attendances": {"ix_attendances_came_at", "ix_attendances_long", "ix_attendances_open"}},
    "worked": {"activities": {"ix_activities_started_at", "ix_activities_long", "ix_activities_open"}},
    "sold": {
        "jobs": {"ix_jobs_completed_at", "ix_jobs_comeback_of"},
        "activities": {"ix_activities_job_id"},
        "job_hands": {"ix_job_hands_job_id"},
        "authorised_orders": {"pk_authorised_orders"},
    },
    "delivered": {"authorised_orders": {"ix_authorised_orders_delivered_at"}, "jobs": {"ix_jobs_ro_id", "ix_jobs_comeback_of"}},
    "held": {"holds": {"ix_holds_closed_at", "ix_holds_ro_id"}},
    "still_held": {"holds": {"ix_holds_open", "ix_holds_ro_id"}},
    "paused": {
        "state_history": {"ix_state_history_after_a_hold", "state_history_pkey"},
        "activities": {"ix_activities_job_id"},
    },
    "still_paused": {
        "jobs": {"ix_jobs_store_id_state"},
        "state_history": {"state_history_pkey"},
        "activities": {"ix_activities_job_id"},
    },
}
OF_WORK = {
    "worked": {"jobs": {"pk_jobs"}},
    "held": {"jobs": {"ix_jobs_ro_id"}},
    "still_held": {"jobs": {"ix_jobs_ro_id"}},
    "paused": {"jobs": {"pk_jobs"}},
}
"""What is read besides to know the trade."""


@pytest.mark.parametrize("plan_cache_mode", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize("by", ["store", "day", "trade"])
@pytest.mark.parametrize("measure", list(INDEXES))
async def test_a_week_of_long_ago_is_found_by_range(years: Stack, measure: str, by: asked.By, plan_cache_mode: str) -> None:
    async with as_role("workshop_owner", "workshop", years.settings) as owner:
        await owner.execute("ANALYZE")
    first, statement = (NOW - timedelta(days=100)).date(), asked.STATEMENTS[measure][by].text
    given = {
        name: value
        for name, value in asked.span([STORE], first, first + timedelta(days=WEEK - 1)).items()
        if f":{name}" in statement
    }
    found = await sought(statement, given, STORE, years.settings, plan_cache_mode)
    expected = INDEXES[measure] | (OF_WORK.get(measure, {}) if by == "trade" else {})
    used = {table: {OPEN_TOO.get(index, index) for index in found.of(table)} for table in expected}
    assert used == expected
    assert found.rows < 8 * WEEK * JOBS_A_DAY
