"""What the board and the measures read: since when a job is in its state, what was promised first, and indexes on what is open
now and on what happened when – so that neither gets slower with the years."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = """
ALTER TABLE jobs ADD COLUMN state_since timestamptz;;
UPDATE jobs SET state_since = step.at FROM state_history AS step WHERE step.subject_id = jobs.id AND step.seq = jobs.state_seq;;
ALTER TABLE authorised_orders ADD COLUMN opened_on date, ADD COLUMN first_promised_at timestamptz;;

CREATE INDEX ix_jobs_open ON jobs (store_id, promised_at, id)
    WHERE state IN ('waiting', 'ready', 'dispatched', 'working', 'paused', 'finished', 'failed');;
CREATE INDEX ix_activities_open ON activities (store_id, technician) WHERE ended_at IS NULL;;
CREATE INDEX ix_attendances_open ON attendances (store_id, technician) WHERE left_at IS NULL;;

CREATE INDEX ix_jobs_completed_at ON jobs (store_id, completed_at) WHERE completed_at IS NOT NULL;;
CREATE INDEX ix_authorised_orders_delivered_at ON authorised_orders (store_id, delivered_at) WHERE delivered_at IS NOT NULL;;
CREATE INDEX ix_activities_long ON activities (store_id, ended_at) WHERE ended_at - started_at > interval '24 hours';;
CREATE INDEX ix_attendances_long ON attendances (store_id, left_at) WHERE left_at - came_at > interval '24 hours';;
CREATE INDEX ix_state_history_after_a_hold ON state_history (store_id, at) WHERE from_state = 'paused'
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";;"):
        op.execute(statement)
