"""Who waits and how urgent it is, what was promised last, dispatches and what they skipped, and promises at risk."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0009"
down_revision = "0008"

TABLES = """
ALTER TABLE authorised_orders
    ADD COLUMN customer_waits boolean NOT NULL DEFAULT false,
    ADD COLUMN priority text NOT NULL DEFAULT 'normal',
    ADD COLUMN promised_at timestamptz,
    ADD COLUMN promised_epoch bigint NOT NULL DEFAULT 0,
    ADD COLUMN promised_version bigint NOT NULL DEFAULT 0;;

CREATE TABLE promise_watches (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    job_id uuid NOT NULL,
    level text NOT NULL,
    reason text,
    predicted_at timestamptz,
    said_of timestamptz,
    review_at timestamptz,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_promise_watches PRIMARY KEY (id),
    CONSTRAINT uq_promise_watches_job_id UNIQUE (job_id),
    CONSTRAINT fk_promise_watches_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id),
    CONSTRAINT ck_promise_watches_level CHECK (level IN ('on_track', 'at_risk', 'late'))
);;
INSERT INTO promise_watches (id, store_id, version, job_id, level, review_at, cause_id)
    SELECT gen_random_uuid(), store_id, 0, id, 'on_track', now(), cause_id FROM jobs
    WHERE state NOT IN ('unauthorised', 'completed', 'cancelled');;
CREATE INDEX ix_promise_watches_review_at ON promise_watches (review_at) WHERE review_at IS NOT NULL;;

CREATE TABLE dispatches (
    id uuid NOT NULL,
    store_id text NOT NULL,
    job_id uuid NOT NULL,
    technician text NOT NULL,
    bay text NOT NULL,
    dispatched_by text NOT NULL,
    dispatched_at timestamptz NOT NULL,
    proposed_technician text,
    proposed_bay text,
    skipped jsonb NOT NULL,
    reason_code text,
    reason text,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_dispatches PRIMARY KEY (id),
    CONSTRAINT fk_dispatches_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id)
);;
CREATE INDEX ix_dispatches_job_id ON dispatches (job_id);;
CREATE INDEX ix_dispatches_overruled ON dispatches (store_id, id) WHERE reason_code IS NOT NULL
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("promise_watches", "dispatches")
    append_only("dispatches")
