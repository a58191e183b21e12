"""What cars and jobs wait for, work that other firms do, what a job is sold for, and cars that stand in no bay.

Since when parts had been short was not kept before: their wait begins with this release."""

from alembic import op

from shared.migrations import store_scoped

revision = "0012"
down_revision = "0011"

TABLES = """
ALTER TABLE job_parts
    ADD COLUMN stages jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN withdrawn_at timestamptz;;
ALTER TABLE authorised_orders ADD COLUMN lendings jsonb NOT NULL DEFAULT '[]';;
ALTER TABLE supplements ADD COLUMN asked_at timestamptz;;
ALTER TABLE jobs ADD COLUMN amount_fen bigint;;
ALTER TABLE jobs DROP CONSTRAINT ck_jobs_dispatched;;
ALTER TABLE jobs ADD CONSTRAINT ck_jobs_dispatched CHECK (
    state IN ('unauthorised', 'waiting', 'ready', 'cancelled')
    OR technician IS NOT NULL AND (bay IS NOT NULL OR state NOT IN ('dispatched', 'working')));;

CREATE TABLE sublets (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    ro_id uuid,
    ro_no text,
    vehicle_id uuid,
    op_code text,
    authorised_epoch bigint NOT NULL,
    authorised_version bigint NOT NULL,
    promised_on date,
    closed_at timestamptz,
    vendor text,
    takes_car boolean,
    job_id uuid,
    cost_fen bigint,
    due_at timestamptz,
    sent_at timestamptz,
    sent_by text,
    returned_at timestamptz,
    taken_back_by text,
    document_no text,
    checked_at timestamptz,
    checked_by text,
    fault_code text,
    remark text,
    rework_no bigint NOT NULL,
    CONSTRAINT pk_sublets PRIMARY KEY (id),
    CONSTRAINT fk_sublets_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id),
    CONSTRAINT ck_sublets_state CHECK (
        state IN ('unauthorised', 'authorised', 'out', 'back', 'failed', 'passed', 'closed', 'cancelled')),
    CONSTRAINT ck_sublets_sent CHECK (
        state NOT IN ('out', 'back', 'failed', 'passed')
        OR num_nulls(vendor, takes_car, cost_fen, due_at, sent_at, sent_by) = 0),
    CONSTRAINT ck_sublets_returned CHECK (
        state NOT IN ('back', 'failed', 'passed') OR num_nulls(returned_at, taken_back_by, document_no) = 0),
    CONSTRAINT ck_sublets_cost_fen CHECK (cost_fen >= 0),
    CONSTRAINT ck_sublets_failures CHECK (rework_no >= 0)
);;
CREATE UNIQUE INDEX uq_sublets_car_out ON sublets (ro_id) WHERE state = 'out' AND takes_car;;
CREATE INDEX ix_sublets_store_id_state ON sublets (store_id, state, id);;
CREATE INDEX ix_sublets_ro_id ON sublets (ro_id);;

CREATE TABLE holds (
    about_id uuid NOT NULL,
    reason text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    ro_id uuid NOT NULL,
    job_id uuid,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_holds PRIMARY KEY (about_id, reason, opened_at),
    CONSTRAINT ck_holds_reason CHECK (reason IN ('wait_parts', 'wait_advisor', 'wait_customer', 'sublet', 'lent_back')),
    CONSTRAINT ck_holds_in_order CHECK (closed_at > opened_at)
);;
CREATE INDEX ix_holds_open ON holds (store_id, ro_id) WHERE closed_at IS NULL;;
CREATE INDEX ix_holds_closed_at ON holds (store_id, closed_at) WHERE closed_at IS NOT NULL;;
CREATE INDEX ix_holds_ro_id ON holds (ro_id);;

UPDATE job_parts SET stages = jsonb_build_array(jsonb_build_object(
    'epoch', told_epoch, 'version', told_version, 'stage', stage,
    'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00'))
    WHERE stage IS NOT NULL;;
INSERT INTO holds (about_id, reason, opened_at, ro_id, job_id, store_id, cause_id)
    SELECT p.id, 'wait_parts', now(), p.ro_id, p.job_id, p.store_id, p.cause_id
    FROM job_parts p JOIN authorised_orders o ON o.id = p.ro_id
    WHERE p.needed AND p.stage = 'backordered' AND o.delivered_at IS NULL AND o.cancelled_at IS NULL
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("sublets", "holds")
