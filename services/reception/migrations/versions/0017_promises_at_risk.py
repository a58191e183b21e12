"""What the workshop sees coming for a promise, and whose car it is."""

from alembic import op

from shared.migrations import store_scoped

revision = "0017"
down_revision = "0016"

TABLES = """
ALTER TABLE repair_orders ADD COLUMN member_tier text;;
CREATE TABLE promise_risks (
    id uuid NOT NULL,
    store_id text NOT NULL,
    ro_id uuid,
    job_id uuid,
    level text,
    promised_at timestamptz,
    predicted_at timestamptz,
    reason text,
    seen_at timestamptz,
    told_epoch bigint NOT NULL,
    told_version bigint NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_promise_risks PRIMARY KEY (id)
);;
CREATE INDEX ix_promise_risks_ro_id ON promise_risks (ro_id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("promise_risks")
