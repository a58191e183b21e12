"""Decisions line by line, supplements, work that was put off, promises, ceilings."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0005"
down_revision = "0004"

CHANGES = """
ALTER TABLE repair_orders ADD COLUMN first_promised_at timestamptz, ADD COLUMN ceiling_fen bigint;;
ALTER TABLE estimates ADD COLUMN supplement_id uuid;;
CREATE INDEX ix_estimates_supplement_id ON estimates (supplement_id);;
ALTER TABLE estimate_lines ADD COLUMN proposed_line_id uuid;;
ALTER TABLE authorisations ADD COLUMN agreed jsonb;;
ALTER TABLE repair_order_lines
    ADD COLUMN supplement_id uuid, ADD COLUMN withdrawn_at timestamptz, ADD COLUMN withdrawn_because text;;
GRANT UPDATE (withdrawn_at, withdrawn_because) ON repair_order_lines TO reception;;

CREATE TABLE line_decisions (
    line_id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    estimate_id uuid NOT NULL,
    decision text NOT NULL,
    reason_code text,
    severity text NOT NULL,
    channel text NOT NULL,
    evidence text NOT NULL,
    decided_by text NOT NULL,
    noted_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT pk_line_decisions PRIMARY KEY (line_id),
    CONSTRAINT ck_line_decisions_decision CHECK (decision IN ('approved', 'declined', 'deferred'))
);;
CREATE INDEX ix_line_decisions_ro_id ON line_decisions (ro_id);;

CREATE TABLE deferred_items (
    id uuid NOT NULL,
    cause_id uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    store_id text NOT NULL,
    ro_id uuid NOT NULL,
    code text NOT NULL,
    description text NOT NULL,
    amount_fen bigint NOT NULL,
    severity text NOT NULL,
    decision text NOT NULL,
    reason_code text,
    remind_on date,
    decided_at timestamptz NOT NULL,
    state text NOT NULL,
    done_ro_id uuid,
    CONSTRAINT pk_deferred_items PRIMARY KEY (id),
    CONSTRAINT ck_deferred_items_state CHECK (state IN ('open', 'done'))
);;
CREATE INDEX ix_deferred_items_open ON deferred_items (vehicle_id) WHERE state = 'open';;

CREATE TABLE supplements (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    ro_id uuid,
    job_id uuid,
    technician text,
    lines jsonb NOT NULL,
    proposed_at timestamptz,
    estimate_id uuid,
    not_offered jsonb NOT NULL,
    decided_at timestamptz,
    CONSTRAINT pk_supplements PRIMARY KEY (id),
    CONSTRAINT ck_supplements_state CHECK (state IN ('proposed', 'priced', 'decided', 'withdrawn')),
    CONSTRAINT ck_supplements_filled CHECK (state_seq = 0 OR num_nulls(ro_id, job_id, technician, proposed_at) = 0)
);;
CREATE INDEX ix_supplements_store_id ON supplements (store_id, state, id);;
CREATE INDEX ix_supplements_ro_id ON supplements (ro_id)
"""


def upgrade() -> None:
    for statement in CHANGES.split(";;"):
        op.execute(statement)
    store_scoped("line_decisions", "supplements")
    append_only("line_decisions")
