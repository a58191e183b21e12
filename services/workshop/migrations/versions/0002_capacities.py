"""What the workshop can take a day, and which orders came by appointment."""

from alembic import op

from shared.migrations import store_scoped

revision = "0002"
down_revision = "0001"

CHANGES = """
CREATE TABLE capacities (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    day date NOT NULL,
    skill text NOT NULL,
    bay_group text NOT NULL,
    offered_hours_milli bigint NOT NULL,
    loaded_hours_milli bigint NOT NULL,
    review_at timestamptz,
    CONSTRAINT pk_capacities PRIMARY KEY (id),
    CONSTRAINT uq_capacities_store_id UNIQUE (store_id, day, skill, bay_group),
    CONSTRAINT ck_capacities_not_negative CHECK (offered_hours_milli >= 0 AND loaded_hours_milli >= 0)
);;
CREATE INDEX ix_capacities_review_at ON capacities (review_at);;
ALTER TABLE authorised_orders ADD COLUMN appointment_id uuid;;
CREATE INDEX ix_jobs_promised_at ON jobs (store_id, skill, promised_at)
"""


def upgrade() -> None:
    for statement in CHANGES.split(";;"):
        op.execute(statement)
    store_scoped("capacities")
