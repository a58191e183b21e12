"""Four eyes, and what customers sign."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE approvals (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    asked jsonb NOT NULL,
    sha256 text NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    note text,
    CONSTRAINT pk_approvals PRIMARY KEY (id),
    CONSTRAINT ck_approvals_state CHECK (state IN ('asked', 'granted', 'refused', 'used')),
    CONSTRAINT ck_approvals_four_eyes CHECK (decided_by IS DISTINCT FROM asked_by),
    CONSTRAINT ck_approvals_decided CHECK ((state = 'asked') = (decided_by IS NULL))
);;
CREATE INDEX ix_approvals_store_id ON approvals (store_id, state, id);;
CREATE INDEX ix_approvals_subject_id ON approvals (subject_id);;

CREATE TABLE signatures (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    seq bigint NOT NULL,
    document text NOT NULL,
    content jsonb NOT NULL,
    sha256 text NOT NULL,
    signer text NOT NULL,
    channel text NOT NULL,
    strokes text,
    paper_no text,
    signed_at timestamptz NOT NULL,
    previous_sha256 text NOT NULL,
    chain_sha256 text NOT NULL,
    CONSTRAINT pk_signatures PRIMARY KEY (id),
    CONSTRAINT uq_signatures_ro_id UNIQUE (ro_id, seq),
    CONSTRAINT ck_signatures_channel CHECK (channel IN ('tablet', 'paper', 'link')),
    CONSTRAINT fk_signatures_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id)
);;
CREATE INDEX ix_signatures_ro_id ON signatures (ro_id, document)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("approvals", "signatures")
    append_only("signatures")
