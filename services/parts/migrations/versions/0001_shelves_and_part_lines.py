"""The backbone, the catalogue, the shelves with their ledger, and the part lines of repair orders."""

from alembic import op

from shared.migrations import append_only, backbone, store_scoped

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE parts (
    part_no text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    unit text NOT NULL,
    cost_fen bigint NOT NULL,
    lead_time_days bigint NOT NULL,
    genuine boolean NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_parts PRIMARY KEY (part_no),
    CONSTRAINT ck_parts_not_negative CHECK (cost_fen >= 0 AND lead_time_days >= 0)
);;

CREATE TABLE goods_receipts (
    id uuid NOT NULL,
    store_id text NOT NULL,
    part_no text COLLATE "C" NOT NULL,
    quantity_milli bigint NOT NULL,
    unit_cost_fen bigint NOT NULL,
    supplier text NOT NULL,
    delivery_note text NOT NULL,
    received_by text NOT NULL,
    received_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_goods_receipts PRIMARY KEY (id),
    CONSTRAINT fk_goods_receipts_part_no_parts FOREIGN KEY (part_no) REFERENCES parts (part_no),
    CONSTRAINT ck_goods_receipts_not_negative CHECK (quantity_milli > 0 AND unit_cost_fen >= 0)
);;

CREATE TABLE authorised_orders (
    id uuid NOT NULL,
    store_id text NOT NULL,
    authorised_epoch bigint NOT NULL,
    authorised_version bigint NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_authorised_orders PRIMARY KEY (id)
);;

CREATE TABLE part_lines (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    ro_id uuid,
    job_id uuid,
    part_no text COLLATE "C",
    quantity_milli bigint,
    promised_at timestamptz,
    authorised_epoch bigint NOT NULL,
    authorised_version bigint NOT NULL,
    short_milli bigint NOT NULL,
    eta_at timestamptz,
    cost_fen bigint,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_part_lines PRIMARY KEY (id),
    CONSTRAINT ck_part_lines_state CHECK (state IN ('requested', 'backordered', 'reserved', 'issued', 'withdrawn')),
    CONSTRAINT ck_part_lines_quantity CHECK (quantity_milli > 0),
    CONSTRAINT ck_part_lines_filled
        CHECK (authorised_version = 0 OR num_nulls(ro_id, job_id, part_no, quantity_milli, promised_at) = 0)
);;
CREATE INDEX ix_part_lines_store_id ON part_lines (store_id, state, id);;
CREATE INDEX ix_part_lines_ro_id ON part_lines (ro_id);;
CREATE INDEX ix_part_lines_waiting ON part_lines (store_id, part_no, promised_at, id) WHERE state = 'backordered';;

CREATE TABLE stock_levels (
    store_id text NOT NULL,
    part_no text COLLATE "C" NOT NULL,
    on_hand_milli bigint NOT NULL,
    reserved_milli bigint NOT NULL,
    waiting_milli bigint NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT pk_stock_levels PRIMARY KEY (store_id, part_no),
    CONSTRAINT ck_stock_levels_reserved_within_on_hand CHECK (0 <= reserved_milli AND reserved_milli <= on_hand_milli),
    CONSTRAINT ck_stock_levels_waiting_not_negative CHECK (waiting_milli >= 0)
);;

CREATE TABLE stock_movements (
    id uuid NOT NULL,
    store_id text NOT NULL,
    part_no text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    on_hand_delta_milli bigint NOT NULL,
    reserved_delta_milli bigint NOT NULL,
    on_hand_after_milli bigint NOT NULL,
    reserved_after_milli bigint NOT NULL,
    cost_fen bigint NOT NULL,
    part_line_id uuid,
    goods_receipt_id uuid,
    at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_stock_movements PRIMARY KEY (id),
    CONSTRAINT uq_stock_movements_store_id UNIQUE (store_id, part_no, seq),
    CONSTRAINT uq_stock_movements_cause_id UNIQUE (cause_id, kind, part_line_id),
    CONSTRAINT uq_stock_movements_goods_receipt_id UNIQUE (goods_receipt_id),
    CONSTRAINT fk_stock_movements_store_id_stock_levels
        FOREIGN KEY (store_id, part_no) REFERENCES stock_levels (store_id, part_no),
    CONSTRAINT fk_stock_movements_part_line_id_part_lines FOREIGN KEY (part_line_id) REFERENCES part_lines (id),
    CONSTRAINT fk_stock_movements_goods_receipt_id_goods_receipts
        FOREIGN KEY (goods_receipt_id) REFERENCES goods_receipts (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT ck_stock_movements_one_reason CHECK (num_nonnulls(part_line_id, goods_receipt_id) = 1),
    CONSTRAINT ck_stock_movements_kind CHECK (kind IN ('received', 'reserved', 'released', 'issued'))
);;
CREATE INDEX ix_stock_movements_part_line_id ON stock_movements (part_line_id)
"""

# A level that changes must end where its newest movement ended, and by the sum of the movements that were added to it.
LEVELS_FOLLOW_MOVEMENTS = """
CREATE FUNCTION levels_follow_movements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before stock_levels := CASE TG_OP WHEN 'UPDATE' THEN OLD END;
    moved record;
BEGIN
    SELECT count(*) AS number,
           coalesce(sum(on_hand_delta_milli), 0) AS on_hand,
           coalesce(sum(reserved_delta_milli), 0) AS reserved
      INTO moved
      FROM stock_movements
     WHERE store_id = NEW.store_id AND part_no = NEW.part_no AND seq > coalesce(before.seq, 0) AND seq <= NEW.seq;
    IF moved.number <> NEW.seq - coalesce(before.seq, 0)
       OR moved.on_hand <> NEW.on_hand_milli - coalesce(before.on_hand_milli, 0)
       OR moved.reserved <> NEW.reserved_milli - coalesce(before.reserved_milli, 0)
    THEN
        RAISE EXCEPTION 'stock level changed without its movements' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;;
CREATE CONSTRAINT TRIGGER levels_follow_movements AFTER INSERT OR UPDATE ON stock_levels
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION levels_follow_movements()
"""


def upgrade() -> None:
    backbone()
    for statement in (*TABLES.split(";;"), *LEVELS_FOLLOW_MOVEMENTS.split(";;")):
        op.execute(statement)
    store_scoped("authorised_orders", "goods_receipts", "part_lines", "stock_levels", "stock_movements")
    append_only("goods_receipts", "stock_movements")
