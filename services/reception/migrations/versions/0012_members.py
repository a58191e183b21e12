"""Members, what they hold, and the ledger of what the house owes them."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0012"
down_revision = "0011"

TABLES = """
CREATE TABLE members (
    id uuid NOT NULL,
    joined_store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    member_no text NOT NULL,
    tier text,
    joined_at timestamptz NOT NULL,
    ended_at timestamptz,
    merged_into uuid,
    points_short bigint NOT NULL,
    next_expiry_at timestamptz,
    CONSTRAINT pk_members PRIMARY KEY (id),
    CONSTRAINT uq_members_member_no UNIQUE (member_no),
    CONSTRAINT ck_members_points_short CHECK (points_short >= 0),
    CONSTRAINT ck_members_merged CHECK (merged_into IS NULL OR ended_at IS NOT NULL),
    CONSTRAINT fk_members_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT fk_members_merged_into_members FOREIGN KEY (merged_into) REFERENCES members (id)
);;
CREATE UNIQUE INDEX uq_members_customer_id ON members (customer_id) WHERE ended_at IS NULL;;
CREATE INDEX ix_members_customer_id ON members (customer_id, id);;
CREATE INDEX ix_members_merged_into ON members (merged_into) WHERE merged_into IS NOT NULL;;
CREATE INDEX ix_members_next_expiry_at ON members (next_expiry_at) WHERE next_expiry_at IS NOT NULL;;

CREATE TABLE package_cards (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    name text NOT NULL,
    price_fen bigint NOT NULL,
    sold_at timestamptz NOT NULL,
    CONSTRAINT pk_package_cards PRIMARY KEY (id),
    CONSTRAINT ck_package_cards_price CHECK (price_fen > 0)
);;

CREATE TABLE holdings (
    id uuid NOT NULL,
    cause_id uuid NOT NULL,
    member_id uuid NOT NULL,
    store_id text NOT NULL,
    kind text NOT NULL,
    unit text NOT NULL,
    balance bigint NOT NULL,
    granted bigint NOT NULL,
    worth_fen bigint NOT NULL,
    taken_back bigint NOT NULL,
    lapsed bigint NOT NULL,
    source_id uuid,
    given_at timestamptz NOT NULL,
    expires_at timestamptz,
    card_id uuid,
    op_code text,
    face_fen bigint,
    discount_bp bigint,
    cap_fen bigint,
    min_spend_fen bigint,
    valid_from timestamptz,
    transferable boolean NOT NULL,
    CONSTRAINT pk_holdings PRIMARY KEY (id),
    CONSTRAINT ck_holdings_kind CHECK (kind IN ('principal', 'bonus', 'points', 'package', 'voucher')),
    CONSTRAINT ck_holdings_not_overdrawn CHECK (balance >= 0 AND worth_fen >= 0),
    CONSTRAINT ck_holdings_granted CHECK (balance <= granted),
    CONSTRAINT ck_holdings_gone CHECK (lapsed >= 0 AND taken_back >= 0 AND lapsed + taken_back <= granted),
    CONSTRAINT ck_holdings_package CHECK ((kind = 'package') = (op_code IS NOT NULL AND card_id IS NOT NULL)),
    CONSTRAINT ck_holdings_voucher CHECK (kind <> 'voucher' OR num_nonnulls(face_fen, discount_bp) = 1),
    CONSTRAINT fk_holdings_member_id_members FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT fk_holdings_source_id_invoices FOREIGN KEY (source_id) REFERENCES invoices (id),
    CONSTRAINT fk_holdings_card_id_package_cards FOREIGN KEY (card_id) REFERENCES package_cards (id)
);;
CREATE INDEX ix_holdings_member_id ON holdings (member_id, id);;
CREATE INDEX ix_holdings_card_id ON holdings (card_id);;
CREATE INDEX ix_holdings_source_id ON holdings (source_id) WHERE source_id IS NOT NULL;;

CREATE TABLE transfers (
    id uuid NOT NULL,
    cause_id uuid NOT NULL,
    store_id text NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    method text,
    invoice_id uuid,
    source_id uuid,
    approval_id uuid,
    reason text,
    reference text,
    short bigint NOT NULL,
    actor text NOT NULL,
    moved_at timestamptz NOT NULL,
    CONSTRAINT pk_transfers PRIMARY KEY (id),
    CONSTRAINT uq_transfers_source_id UNIQUE (source_id),
    CONSTRAINT ck_transfers_short CHECK (short >= 0),
    CONSTRAINT fk_transfers_member_id_members FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT fk_transfers_invoice_id_invoices FOREIGN KEY (invoice_id) REFERENCES invoices (id),
    CONSTRAINT fk_transfers_approval_id_approvals FOREIGN KEY (approval_id) REFERENCES approvals (id)
);;
CREATE INDEX ix_transfers_member_id ON transfers (member_id, id);;
CREATE INDEX ix_transfers_store ON transfers (store_id, moved_at);;
CREATE INDEX ix_transfers_invoice_id ON transfers (invoice_id);;

CREATE TABLE transfer_legs (
    transfer_id uuid NOT NULL,
    seq bigint NOT NULL,
    cause_id uuid NOT NULL,
    account text NOT NULL,
    unit text NOT NULL,
    amount bigint NOT NULL,
    holding_id uuid,
    CONSTRAINT pk_transfer_legs PRIMARY KEY (transfer_id, seq),
    CONSTRAINT ck_transfer_legs_amount CHECK (amount <> 0),
    CONSTRAINT fk_transfer_legs_transfer_id_transfers FOREIGN KEY (transfer_id) REFERENCES transfers (id),
    CONSTRAINT fk_transfer_legs_holding_id_holdings FOREIGN KEY (holding_id) REFERENCES holdings (id)
);;
CREATE INDEX ix_transfer_legs_holding_id ON transfer_legs (holding_id);;

CREATE FUNCTION refuse_unbalanced_transfer() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    moved uuid := CASE TG_TABLE_NAME WHEN 'transfers' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(NEW) ->> 'transfer_id' END;
BEGIN
    IF NOT EXISTS (SELECT FROM transfer_legs WHERE transfer_id = moved)
       OR EXISTS (SELECT FROM transfer_legs WHERE transfer_id = moved GROUP BY unit HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'the legs of transfer % do not sum to zero', moved USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON transfers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced_transfer();;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON transfer_legs
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced_transfer();;

CREATE TABLE ledger_balances (
    store_id text NOT NULL,
    account text NOT NULL,
    unit text NOT NULL,
    balance bigint NOT NULL,
    CONSTRAINT pk_ledger_balances PRIMARY KEY (store_id, account, unit)
);;

ALTER TABLE payments
    ADD COLUMN transfer_id uuid,
    ADD COLUMN ro_line_id uuid,
    ADD CONSTRAINT fk_payments_transfer_id_transfers FOREIGN KEY (transfer_id) REFERENCES transfers (id),
    ADD CONSTRAINT fk_payments_ro_line_id_repair_order_lines FOREIGN KEY (ro_line_id) REFERENCES repair_order_lines (id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("ledger_balances")
    append_only("package_cards", "transfers", "transfer_legs")
