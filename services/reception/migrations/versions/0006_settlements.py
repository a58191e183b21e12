"""Deductibles, switched payers, credit notes, deposits, refunds, customers' accounts, the signed bill, the handover."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0006"
down_revision = "0005"

CHANGES = """
ALTER TABLE estimate_lines ADD COLUMN deductible_fen bigint NOT NULL DEFAULT 0;;
ALTER TABLE repair_order_lines ADD COLUMN deductible_fen bigint NOT NULL DEFAULT 0;;
GRANT UPDATE (payers, deductible_fen, unit_price_fen, amount_fen) ON repair_order_lines TO reception;;
ALTER TABLE repair_orders ADD COLUMN settlement_signed_at timestamptz, ADD COLUMN handover jsonb;;

CREATE TABLE payer_changes (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_line_id uuid NOT NULL,
    old jsonb NOT NULL,
    new jsonb NOT NULL,
    reason_code text NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pk_payer_changes PRIMARY KEY (id),
    CONSTRAINT fk_payer_changes_ro_line_id_repair_order_lines FOREIGN KEY (ro_line_id) REFERENCES repair_order_lines (id)
);;
CREATE INDEX ix_payer_changes_ro_line_id ON payer_changes (ro_line_id);;

CREATE TABLE customer_accounts (
    customer_id uuid NOT NULL,
    cause_id uuid NOT NULL,
    owed_fen bigint NOT NULL,
    CONSTRAINT pk_customer_accounts PRIMARY KEY (customer_id),
    CONSTRAINT ck_customer_accounts_owed CHECK (owed_fen >= 0),
    CONSTRAINT fk_customer_accounts_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id)
);;

CREATE TABLE credit_notes (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    credit_note_no text NOT NULL,
    amount_fen bigint NOT NULL,
    rebilled_to text,
    reason_code text NOT NULL,
    approval_id uuid NOT NULL,
    credited_at timestamptz NOT NULL,
    CONSTRAINT pk_credit_notes PRIMARY KEY (id),
    CONSTRAINT uq_credit_notes_credit_note_no UNIQUE (credit_note_no),
    CONSTRAINT ck_credit_notes_amount CHECK (amount_fen > 0),
    CONSTRAINT fk_credit_notes_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id),
    CONSTRAINT fk_credit_notes_invoice_id_invoices FOREIGN KEY (invoice_id) REFERENCES invoices (id),
    CONSTRAINT fk_credit_notes_approval_id_approvals FOREIGN KEY (approval_id) REFERENCES approvals (id)
);;
CREATE INDEX ix_credit_notes_ro_id ON credit_notes (ro_id);;
CREATE INDEX ix_credit_notes_invoice_id ON credit_notes (invoice_id);;
CREATE INDEX ix_credit_notes_store_id ON credit_notes (store_id, credited_at);;

CREATE TABLE credit_note_lines (
    credit_note_id uuid NOT NULL,
    ro_line_id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    amount_fen bigint NOT NULL,
    CONSTRAINT pk_credit_note_lines PRIMARY KEY (credit_note_id, ro_line_id),
    CONSTRAINT ck_credit_note_lines_amount CHECK (amount_fen > 0),
    CONSTRAINT fk_credit_note_lines_credit_note_id_credit_notes FOREIGN KEY (credit_note_id) REFERENCES credit_notes (id),
    CONSTRAINT fk_credit_note_lines_ro_line_id_repair_order_lines FOREIGN KEY (ro_line_id) REFERENCES repair_order_lines (id)
);;

ALTER TABLE invoices
    ADD COLUMN customer_id uuid,
    ADD COLUMN credited_fen bigint NOT NULL DEFAULT 0,
    ADD COLUMN due_on date,
    ADD COLUMN credit_note_id uuid,
    DROP CONSTRAINT uq_invoices_ro_id,
    DROP CONSTRAINT ck_invoices_on_account,
    ADD CONSTRAINT uq_invoices_ro_id UNIQUE NULLS NOT DISTINCT (ro_id, payer, credit_note_id),
    ADD CONSTRAINT ck_invoices_credited CHECK (0 <= credited_fen AND credited_fen <= amount_fen),
    ADD CONSTRAINT ck_invoices_on_account CHECK
        (0 <= on_account_fen AND on_account_fen <= greatest(0, amount_fen - credited_fen - paid_fen)),
    ADD CONSTRAINT fk_invoices_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id),
    ADD CONSTRAINT fk_invoices_credit_note_id_credit_notes FOREIGN KEY (credit_note_id) REFERENCES credit_notes (id);;
CREATE INDEX ix_invoices_store ON invoices (store_id, id);;
CREATE INDEX ix_invoices_open ON invoices (store_id, due_on) WHERE amount_fen - credited_fen > paid_fen;;
CREATE INDEX ix_invoices_customer_id ON invoices (customer_id, id);;

CREATE TABLE deposits (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    method text NOT NULL,
    amount_fen bigint NOT NULL,
    used_fen bigint NOT NULL,
    refunded_fen bigint NOT NULL,
    reference text,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_deposits PRIMARY KEY (id),
    CONSTRAINT uq_deposits_cause_id UNIQUE (cause_id),
    CONSTRAINT ck_deposits_not_negative CHECK (amount_fen > 0 AND used_fen >= 0 AND refunded_fen >= 0),
    CONSTRAINT ck_deposits_within CHECK (used_fen + refunded_fen <= amount_fen),
    CONSTRAINT fk_deposits_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id)
);;
CREATE INDEX ix_deposits_ro_id ON deposits (ro_id);;
CREATE INDEX ix_deposits_store_id ON deposits (store_id, received_at);;

ALTER TABLE payments
    ADD COLUMN refunded_fen bigint NOT NULL DEFAULT 0,
    ADD COLUMN deposit_id uuid,
    ADD CONSTRAINT ck_payments_refunded CHECK (0 <= refunded_fen AND refunded_fen <= amount_fen),
    ADD CONSTRAINT fk_payments_deposit_id_deposits FOREIGN KEY (deposit_id) REFERENCES deposits (id);;
GRANT UPDATE (refunded_fen) ON payments TO reception;;
CREATE INDEX ix_payments_store_id ON payments (store_id, received_at);;

CREATE TABLE refunds (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    payment_id uuid,
    deposit_id uuid,
    method text NOT NULL,
    amount_fen bigint NOT NULL,
    reason text NOT NULL,
    approval_id uuid NOT NULL,
    refunded_at timestamptz NOT NULL,
    CONSTRAINT pk_refunds PRIMARY KEY (id),
    CONSTRAINT uq_refunds_cause_id UNIQUE (cause_id),
    CONSTRAINT ck_refunds_amount CHECK (amount_fen > 0),
    CONSTRAINT ck_refunds_one_source CHECK (num_nonnulls(payment_id, deposit_id) = 1),
    CONSTRAINT fk_refunds_payment_id_payments FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT fk_refunds_deposit_id_deposits FOREIGN KEY (deposit_id) REFERENCES deposits (id),
    CONSTRAINT fk_refunds_approval_id_approvals FOREIGN KEY (approval_id) REFERENCES approvals (id)
);;
CREATE INDEX ix_refunds_payment_id ON refunds (payment_id);;
CREATE INDEX ix_refunds_deposit_id ON refunds (deposit_id);;
CREATE INDEX ix_refunds_store_id ON refunds (store_id, refunded_at)
"""


def upgrade() -> None:
    for statement in CHANGES.split(";;"):
        op.execute(statement)
    ledgers = ("payer_changes", "credit_notes", "credit_note_lines", "refunds")
    store_scoped("deposits", *ledgers)
    append_only(*ledgers)
