"""Claims with their lines, payments and numbers, and the replicas of vehicles and repair orders."""

from alembic import op

from shared.migrations import append_only, backbone, store_scoped

revision = "0001"
down_revision = None

VEHICLES = """
CREATE TABLE vehicles (
    id uuid NOT NULL CONSTRAINT pk_vehicles PRIMARY KEY,
    vin text,
    brand text,
    model text,
    nature text,
    in_service_on date,
    identified_epoch bigint NOT NULL,
    identified_version bigint NOT NULL,
    cause_id uuid NOT NULL
)
"""

AUTHORISED_ORDERS = """
CREATE TABLE authorised_orders (
    id uuid NOT NULL CONSTRAINT pk_authorised_orders PRIMARY KEY,
    store_id text NOT NULL,
    ro_no text,
    vehicle_id uuid,
    opened_on date,
    odometer_km bigint,
    authorised_epoch bigint NOT NULL,
    authorised_version bigint NOT NULL,
    delivered_at timestamptz,
    delivered_epoch bigint NOT NULL,
    delivered_version bigint NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT ck_authorised_orders_filled
        CHECK (authorised_version = 0 OR num_nulls(ro_no, vehicle_id, opened_on, odometer_km) = 0)
)
"""

CLAIMS = """
CREATE TABLE claims (
    id uuid NOT NULL CONSTRAINT pk_claims PRIMARY KEY,
    store_id text NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL CONSTRAINT ck_claims_state CHECK (state IN (
        'expected', 'draft', 'validated', 'invalid', 'submitted', 'approved', 'partially_approved', 'rejected',
        'short_paid', 'paid')),
    state_seq bigint NOT NULL,
    ro_id uuid,
    warranty boolean NOT NULL,
    op_code text,
    cause text,
    correction text,
    completed_at timestamptz,
    completed_epoch bigint NOT NULL,
    completed_version bigint NOT NULL,
    failures jsonb NOT NULL,
    judged_at timestamptz,
    policy_id uuid CONSTRAINT fk_claims_policy_id_policies REFERENCES policies,
    policy_version bigint,
    claim_no text,
    submitted_at timestamptz,
    decided_at timestamptz,
    claimed_fen bigint NOT NULL,
    approved_fen bigint,
    paid_fen bigint NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT uq_claims_store_id UNIQUE (store_id, claim_no),
    CONSTRAINT ck_claims_approved_within_claimed CHECK (0 <= approved_fen AND approved_fen <= claimed_fen),
    CONSTRAINT ck_claims_paid_within_approved CHECK (0 <= paid_fen AND paid_fen <= COALESCE(approved_fen, 0))
);
CREATE INDEX ix_claims_store_id ON claims (store_id, state, id);
CREATE INDEX ix_claims_ro_id ON claims (ro_id)
"""

WARRANTY_LINES = """
CREATE TABLE warranty_lines (
    id uuid NOT NULL CONSTRAINT pk_warranty_lines PRIMARY KEY,
    store_id text NOT NULL,
    claim_id uuid,
    kind text CONSTRAINT ck_warranty_lines_kind CHECK (kind IN ('labour', 'part')),
    code text,
    flat_hours_milli bigint,
    quantity_milli bigint,
    claimed_fen bigint CONSTRAINT ck_warranty_lines_claimed CHECK (claimed_fen >= 0),
    issued_at timestamptz,
    cost_fen bigint,
    issued_epoch bigint NOT NULL,
    issued_version bigint NOT NULL,
    approved_fen bigint,
    reason_code text,
    cause_id uuid NOT NULL,
    CONSTRAINT ck_warranty_lines_approved_within_claimed CHECK (approved_fen BETWEEN 0 AND claimed_fen)
);
CREATE INDEX ix_warranty_lines_claim_id ON warranty_lines (claim_id)
"""

CLAIM_PAYMENTS = """
CREATE TABLE claim_payments (
    id uuid NOT NULL CONSTRAINT pk_claim_payments PRIMARY KEY,
    store_id text NOT NULL,
    claim_id uuid NOT NULL CONSTRAINT fk_claim_payments_claim_id_claims REFERENCES claims,
    amount_fen bigint NOT NULL CONSTRAINT ck_claim_payments_amount CHECK (amount_fen > 0),
    reference text NOT NULL,
    paid_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT uq_claim_payments_claim_id UNIQUE (claim_id, reference)
)
"""

CLAIM_NUMBERS = """
CREATE TABLE claim_numbers (
    store_id text NOT NULL,
    year bigint NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT pk_claim_numbers PRIMARY KEY (store_id, year)
)
"""


def upgrade() -> None:
    backbone()
    for table in (VEHICLES, AUTHORISED_ORDERS, CLAIMS, WARRANTY_LINES, CLAIM_PAYMENTS, CLAIM_NUMBERS):
        for statement in table.split(";"):
            op.execute(statement)
    store_scoped("authorised_orders", "claims", "warranty_lines", "claim_payments", "claim_numbers")
    append_only("claim_payments")
