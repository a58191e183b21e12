"""What was found before there were holds, and is not decided, waits for the advisor since it was proposed."""

from alembic import op

revision = "0017"
down_revision = "0016"

BACKFILL = """
INSERT INTO holds (about_id, reason, opened_at, ro_id, job_id, store_id, cause_id)
    SELECT s.id, 'wait_advisor', s.proposed_at, s.ro_id, s.job_id, s.store_id, s.cause_id
    FROM supplements s LEFT JOIN authorised_orders o ON o.id = s.ro_id
    WHERE s.proposed_at IS NOT NULL AND s.asked_at IS NULL AND s.decided_at IS NULL
        AND o.delivered_at IS NULL AND o.cancelled_at IS NULL
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.execute(BACKFILL)
