"""Checklists, the rounds through them, what these find, and the ledger of hazardous waste."""

from alembic import op

from shared.migrations import append_only, store_and_group_scoped, store_scoped

revision = "0016"
down_revision = "0015"

TABLES = """
CREATE TABLE checklists (
    id uuid NOT NULL,
    store_id text NOT NULL,
    code text NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    items jsonb NOT NULL,
    every_days bigint,
    weekdays jsonb,
    month_day bigint,
    due_minute bigint NOT NULL,
    answers_role text,
    answers_user text,
    retired boolean NOT NULL,
    from_on date NOT NULL,
    written_by text NOT NULL,
    written_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_checklists PRIMARY KEY (id),
    CONSTRAINT uq_checklists_store_id UNIQUE (store_id, code, version),
    CONSTRAINT ck_checklists_kind CHECK (kind IN ('six_s', 'safety', 'hazardous_waste')),
    CONSTRAINT ck_checklists_one_rhythm CHECK (num_nonnulls(every_days, weekdays, month_day) = 1),
    CONSTRAINT ck_checklists_somebody_answers CHECK (num_nonnulls(answers_role, answers_user) = 1),
    CONSTRAINT ck_checklists_due_minute CHECK (due_minute BETWEEN 1 AND 1440)
);;
CREATE TABLE round_plans (
    id uuid NOT NULL,
    store_id text NOT NULL,
    code text NOT NULL,
    opened_until_on date NOT NULL,
    open_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_round_plans PRIMARY KEY (id),
    CONSTRAINT uq_round_plans_store_id UNIQUE (store_id, code)
);;
CREATE INDEX ix_round_plans_open_at ON round_plans (open_at);;
CREATE TABLE safety_rounds (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    due_on date NOT NULL,
    due_at timestamptz NOT NULL,
    checklist_version bigint NOT NULL,
    set_by text,
    content jsonb NOT NULL,
    answers_role text,
    answers_user text,
    opened_at timestamptz NOT NULL,
    completed_by text,
    completed_at timestamptz,
    not_ok bigint,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_safety_rounds PRIMARY KEY (id),
    CONSTRAINT uq_safety_rounds_store_id UNIQUE (store_id, code, due_on),
    CONSTRAINT ck_safety_rounds_state CHECK (state IN ('open', 'overdue', 'completed', 'missed')),
    CONSTRAINT ck_safety_rounds_kind CHECK (kind IN ('six_s', 'safety', 'hazardous_waste')),
    CONSTRAINT ck_safety_rounds_completed
        CHECK ((state = 'completed') = (num_nulls(completed_by, completed_at, not_ok) = 0))
);;
CREATE INDEX ix_safety_rounds_due_on ON safety_rounds (store_id, due_on, id);;
CREATE INDEX ix_safety_rounds_due_at ON safety_rounds (due_at) WHERE state = 'open';;
CREATE TABLE round_answers (
    id uuid NOT NULL,
    store_id text NOT NULL,
    round_id uuid NOT NULL,
    seq bigint NOT NULL,
    item text NOT NULL,
    result text NOT NULL,
    remark text,
    measured_milli bigint,
    severity text,
    to_do text,
    owner text,
    due_on date,
    answered_by text NOT NULL,
    answered_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_round_answers PRIMARY KEY (id),
    CONSTRAINT fk_round_answers_round_id_safety_rounds FOREIGN KEY (round_id) REFERENCES safety_rounds (id),
    CONSTRAINT ck_round_answers_result CHECK (result IN ('ok', 'not_ok', 'not_applicable')),
    CONSTRAINT ck_round_answers_finding CHECK ((result = 'not_ok') = (num_nulls(severity, to_do) = 0))
);;
CREATE INDEX ix_round_answers_round_id ON round_answers (round_id, seq);;
CREATE TABLE safety_findings (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    round_id uuid NOT NULL,
    checklist text NOT NULL,
    kind text NOT NULL,
    item text NOT NULL,
    severity text NOT NULL,
    remark text,
    to_do text NOT NULL,
    owner text NOT NULL,
    due_on date NOT NULL,
    overdue_at timestamptz NOT NULL,
    overdue_said boolean NOT NULL,
    reopened bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    resolved_by text,
    resolved_at timestamptz,
    verified_by text,
    verified_at timestamptz,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_safety_findings PRIMARY KEY (id),
    CONSTRAINT fk_safety_findings_round_id_safety_rounds FOREIGN KEY (round_id) REFERENCES safety_rounds (id),
    CONSTRAINT ck_safety_findings_state CHECK (state IN ('open', 'resolved', 'verified')),
    CONSTRAINT ck_safety_findings_severity CHECK (severity IN ('danger', 'serious', 'minor')),
    CONSTRAINT ck_safety_findings_resolved CHECK ((state = 'open') = (resolved_by IS NULL)),
    CONSTRAINT ck_safety_findings_verified CHECK ((state = 'verified') = (verified_by IS NOT NULL)),
    CONSTRAINT ck_safety_findings_four_eyes CHECK (verified_by IS NULL OR verified_by <> resolved_by)
);;
CREATE INDEX ix_safety_findings_store_id ON safety_findings (store_id, id);;
CREATE INDEX ix_safety_findings_round_id ON safety_findings (round_id);;
CREATE INDEX ix_safety_findings_overdue_at ON safety_findings (overdue_at) WHERE state = 'open' AND NOT overdue_said;;
CREATE TABLE finding_steps (
    id uuid NOT NULL,
    store_id text NOT NULL,
    finding_id uuid NOT NULL,
    step text NOT NULL,
    words text,
    owner text NOT NULL,
    due_on date NOT NULL,
    taken_by text NOT NULL,
    taken_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_finding_steps PRIMARY KEY (id),
    CONSTRAINT fk_finding_steps_finding_id_safety_findings FOREIGN KEY (finding_id) REFERENCES safety_findings (id),
    CONSTRAINT ck_finding_steps_step CHECK (step IN ('assigned', 'resolved', 'verified', 'reopened'))
);;
CREATE INDEX ix_finding_steps_finding_id ON finding_steps (finding_id, id);;
CREATE TABLE waste_handovers (
    id uuid NOT NULL,
    store_id text NOT NULL,
    waste_kind text NOT NULL,
    quantity_milli bigint NOT NULL,
    receiver text NOT NULL,
    manifest_no text NOT NULL,
    handed_over_on date NOT NULL,
    remark text,
    corrects uuid,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_waste_handovers PRIMARY KEY (id),
    CONSTRAINT uq_waste_handovers_corrects UNIQUE (corrects),
    CONSTRAINT fk_waste_handovers_corrects_waste_handovers FOREIGN KEY (corrects) REFERENCES waste_handovers (id),
    CONSTRAINT ck_waste_handovers_quantity_milli CHECK (quantity_milli >= 0),
    CONSTRAINT ck_waste_handovers_waste_kind
        CHECK (waste_kind IN ('used_oil', 'filters', 'batteries', 'coolant', 'paint_waste'))
);;
CREATE INDEX ix_waste_handovers_store_id ON waste_handovers (store_id, id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_and_group_scoped("checklists")
    store_scoped("round_plans", "safety_rounds", "round_answers", "safety_findings", "finding_steps", "waste_handovers")
    append_only("checklists", "round_answers", "finding_steps", "waste_handovers")
