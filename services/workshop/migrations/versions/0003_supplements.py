"""Additional work that was found, and what was decided about it."""

from alembic import op

from shared.migrations import store_scoped

revision = "0003"
down_revision = "0002"

TABLES = """
CREATE TABLE supplements (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid,
    job_id uuid,
    proposed_by text,
    lines jsonb NOT NULL,
    proposed_at timestamptz,
    decisions jsonb,
    decided_at timestamptz,
    decided_epoch bigint NOT NULL,
    decided_version bigint NOT NULL,
    CONSTRAINT pk_supplements PRIMARY KEY (id)
);;
CREATE INDEX ix_supplements_job_id ON supplements (job_id);;
CREATE INDEX ix_supplements_ro_id ON supplements (ro_id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("supplements")
