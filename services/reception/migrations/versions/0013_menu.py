"""What the house asks for: operations with flat-rate hours, list prices on lines, packages, sublet work and agency
services, and for how long an estimate holds."""

from alembic import op

from shared.migrations import store_and_group_scoped

revision = "0013"
down_revision = "0012"

LINE = """
ALTER TABLE {table}
    ADD COLUMN list_price_fen bigint,
    ADD COLUMN discount_bp bigint NOT NULL DEFAULT 0,
    ADD COLUMN price_list_id uuid,
    ADD COLUMN list_hours_milli bigint,
    ADD COLUMN package_code text,
    ADD COLUMN package_amount_fen bigint,
    ADD COLUMN vendor text,
    ADD COLUMN cost_fen bigint,
    ADD COLUMN fee_fen bigint,
    ADD COLUMN third_party_fen bigint,
    ADD COLUMN commission_fen bigint,
    ADD COLUMN due_on date,
    DROP CONSTRAINT ck_{table}_kind,
    ADD CONSTRAINT ck_{table}_kind CHECK (
        CASE kind WHEN 'labour' THEN op_code IS NOT NULL AND flat_hours_milli > 0 AND labour_line_id IS NULL
                  WHEN 'part' THEN part_no IS NOT NULL AND quantity_milli > 0 AND labour_line_id IS NOT NULL
                  WHEN 'sublet' THEN num_nulls(op_code, vendor, cost_fen) = 0 AND cost_fen >= 0 AND labour_line_id IS NULL
                  WHEN 'agency' THEN op_code IS NOT NULL AND num_nulls(fee_fen, third_party_fen, commission_fen) = 0
                                     AND least(fee_fen, third_party_fen, commission_fen) >= 0
                                     AND fee_fen + third_party_fen = unit_price_fen AND labour_line_id IS NULL
                  ELSE false END),
    ADD CONSTRAINT ck_{table}_discount CHECK (discount_bp BETWEEN 0 AND 10000 AND (discount_bp = 0 OR list_price_fen > 0))
"""
STATEMENTS = """
CREATE TABLE operations (
    op_code text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    name_zh text COLLATE "C" NOT NULL,
    name_en text NOT NULL,
    trade text NOT NULL,
    safety_critical boolean NOT NULL,
    flat_hours jsonb NOT NULL,
    CONSTRAINT pk_operations PRIMARY KEY (op_code),
    CONSTRAINT ck_operations_trade CHECK
        (trade IN ('mechanical', 'body', 'paint', 'detailing', 'accessories', 'glass', 'tyres'))
);;
ALTER TABLE repair_order_lines
    ADD COLUMN completed_at timestamptz,
    ADD COLUMN completed_by text,
    ADD COLUMN document_no text,
    ADD CONSTRAINT ck_repair_order_lines_completed CHECK
        (num_nulls(completed_at, completed_by, document_no) IN (0, 3)
         AND (completed_at IS NULL OR kind IN ('sublet', 'agency')));;
ALTER TABLE estimates ADD COLUMN valid_until timestamptz;;
CREATE INDEX ix_operations_trade ON operations (trade, op_code);;
CREATE INDEX ix_operations_name_zh ON operations (name_zh);;
CREATE INDEX ix_operations_flat_hours ON operations USING gin (flat_hours);;
CREATE TABLE packages (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    code text COLLATE "C" NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    trade text NOT NULL,
    models jsonb NOT NULL,
    every_km bigint,
    every_months bigint,
    price_fen bigint,
    lines jsonb NOT NULL,
    offered boolean NOT NULL,
    CONSTRAINT pk_packages PRIMARY KEY (id),
    CONSTRAINT ck_packages_figures CHECK (every_km > 0 AND every_months > 0 AND price_fen >= 0)
);;
CREATE UNIQUE INDEX uq_packages_code ON packages (store_id, code);;
CREATE INDEX ix_packages_code ON packages (code, id);;
GRANT UPDATE (list_price_fen, discount_bp, price_list_id, package_amount_fen, cost_fen, fee_fen, commission_fen,
              completed_at, completed_by, document_no) ON repair_order_lines TO reception
"""


def upgrade() -> None:
    for table in ("estimate_lines", "repair_order_lines"):
        op.execute(LINE.format(table=table))
    for statement in STATEMENTS.split(";;"):
        op.execute(statement)
    store_and_group_scoped("packages")
