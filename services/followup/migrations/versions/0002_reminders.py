"""Maintenance that comes due, and customers who turned out to be others."""

from alembic import op

from shared.migrations import store_scoped

revision = "0002"
down_revision = "0001"

REMINDERS = """
ALTER TABLE contacts ADD COLUMN merged_into uuid;;
CREATE TABLE reminders (
    id uuid NOT NULL CONSTRAINT pk_reminders PRIMARY KEY,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    told_epoch bigint NOT NULL,
    told_version bigint NOT NULL,
    vehicle_id uuid,
    customer_id uuid,
    kind text,
    due_on date,
    due_km bigint,
    state text CONSTRAINT ck_reminders_state CHECK (state IN ('planned')),
    CONSTRAINT ck_reminders_filled CHECK
        (told_version = 0 OR num_nulls(vehicle_id, customer_id, kind, due_on, state) = 0)
);;
CREATE INDEX ix_reminders_store_id ON reminders (store_id, kind, due_on, id);;
CREATE INDEX ix_reminders_store_due_on ON reminders (store_id, due_on, id);;
CREATE INDEX ix_reminders_due_on ON reminders (due_on, id)
"""


def upgrade() -> None:
    for statement in REMINDERS.split(";;"):
        op.execute(statement)
    store_scoped("reminders")
