"""Clocks that ran when technicians began to clock in: who worked then is at work since, and is asked about at the next look."""

from alembic import op

revision = "0018"
down_revision = "0017"

BACKFILL = """
WITH running AS (
    SELECT id, gen_random_uuid() AS attendance_id, store_id, technician, "user", started_at, cause_id FROM activities
    WHERE ended_at IS NULL AND attendance_id IS NULL
), made AS (
    INSERT INTO attendances (id, store_id, version, technician, "user", came_at, closes_at, flagged, cause_id)
        SELECT attendance_id, store_id, 1, technician, "user", started_at, now(), false, cause_id FROM running
)
UPDATE activities SET attendance_id = running.attendance_id FROM running WHERE activities.id = running.id
"""


def upgrade() -> None:
    op.execute(BACKFILL)
