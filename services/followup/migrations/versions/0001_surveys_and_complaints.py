"""Surveys, call attempts, complaints, and the replica of contacts."""

from alembic import op

from shared.migrations import append_only, backbone, store_scoped

revision = "0001"
down_revision = None

CONTACTS = """
CREATE TABLE contacts (
    customer_id uuid NOT NULL CONSTRAINT pk_contacts PRIMARY KEY,
    name text,
    phone text,
    channel text,
    consent boolean,
    changed_epoch bigint NOT NULL,
    changed_version bigint NOT NULL,
    cause_id uuid NOT NULL
)
"""

SURVEYS = """
CREATE TABLE surveys (
    id uuid NOT NULL CONSTRAINT pk_surveys PRIMARY KEY,
    store_id text NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL CONSTRAINT ck_surveys_state CHECK (state IN ('waiting', 'open', 'answered', 'void')),
    state_seq bigint NOT NULL,
    kind text NOT NULL,
    delivered_epoch bigint NOT NULL,
    delivered_version bigint NOT NULL,
    ro_id uuid,
    ro_no text,
    customer_id uuid,
    delivered_at timestamptz,
    opens_at timestamptz,
    due_at timestamptz,
    low_below bigint,
    complaint_due_after_s bigint,
    policy_id uuid CONSTRAINT fk_surveys_policy_id_policies REFERENCES policies,
    opened_at timestamptz,
    answered_at timestamptz,
    scores jsonb,
    lowest_score bigint,
    words text,
    cause_id uuid NOT NULL,
    CONSTRAINT uq_surveys_ro_id UNIQUE (ro_id, kind),
    CONSTRAINT ck_surveys_filled CHECK (delivered_version = 0 OR num_nulls(ro_id, ro_no, customer_id, delivered_at, opens_at,
        due_at, low_below, complaint_due_after_s) = 0),
    CONSTRAINT ck_surveys_opens_before_due CHECK (opens_at <= due_at),
    CONSTRAINT ck_surveys_answered CHECK ((state = 'answered') = (answered_at IS NOT NULL))
);
CREATE INDEX ix_surveys_store_id ON surveys (store_id, state, due_at, id);
CREATE INDEX ix_surveys_due_at ON surveys (due_at, id);
CREATE INDEX ix_surveys_waiting ON surveys (opens_at) WHERE state = 'waiting'
"""

ATTEMPTS = """
CREATE TABLE survey_attempts (
    id uuid NOT NULL CONSTRAINT pk_survey_attempts PRIMARY KEY,
    store_id text NOT NULL,
    survey_id uuid NOT NULL CONSTRAINT fk_survey_attempts_survey_id_surveys REFERENCES surveys,
    outcome text NOT NULL,
    called_by text NOT NULL,
    at timestamptz NOT NULL,
    cause_id uuid NOT NULL
);
CREATE INDEX ix_survey_attempts_survey_id ON survey_attempts (survey_id)
"""

COMPLAINTS = """
CREATE TABLE complaints (
    id uuid NOT NULL CONSTRAINT pk_complaints PRIMARY KEY,
    store_id text NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL CONSTRAINT ck_complaints_state CHECK (state IN ('new', 'contacted', 'closed')),
    state_seq bigint NOT NULL,
    ro_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    survey_id uuid CONSTRAINT fk_complaints_survey_id_surveys REFERENCES surveys,
    category text NOT NULL,
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    contacted_at timestamptz,
    closed_at timestamptz,
    solution text,
    cause_id uuid NOT NULL,
    CONSTRAINT uq_complaints_survey_id UNIQUE (survey_id),
    CONSTRAINT ck_complaints_closed CHECK ((state = 'closed') = (solution IS NOT NULL))
);
CREATE INDEX ix_complaints_store_id ON complaints (store_id, state, due_at, id);
CREATE INDEX ix_complaints_due_at ON complaints (due_at, id);
CREATE INDEX ix_complaints_ro_id ON complaints (ro_id)
"""


def upgrade() -> None:
    backbone()
    for statement in (*CONTACTS.split(";"), *SURVEYS.split(";"), *ATTEMPTS.split(";"), *COMPLAINTS.split(";")):
        op.execute(statement)
    store_scoped("surveys", "survey_attempts", "complaints")
    append_only("survey_attempts")
