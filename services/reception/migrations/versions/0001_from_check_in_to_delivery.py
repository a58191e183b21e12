"""The backbone, the files of customers and vehicles, and repair orders with estimates, invoices and payments."""

from alembic import op

from shared.migrations import append_only, backbone, store_scoped

revision = "0001"
down_revision = None

LINE = """
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL,
    op_code text,
    part_no text,
    labour_line_id uuid,
    description text NOT NULL,
    concern_code text,
    flat_hours_milli bigint,
    quantity_milli bigint,
    unit_price_fen bigint NOT NULL,
    amount_fen bigint NOT NULL,
    tax_bp bigint NOT NULL,
    payers jsonb NOT NULL,
    CONSTRAINT pk_{table} PRIMARY KEY (id),
    CONSTRAINT ck_{table}_kind CHECK (
        CASE kind WHEN 'labour' THEN op_code IS NOT NULL AND flat_hours_milli > 0 AND labour_line_id IS NULL
                  WHEN 'part' THEN part_no IS NOT NULL AND quantity_milli > 0 AND labour_line_id IS NOT NULL
                  ELSE false END),
    CONSTRAINT ck_{table}_money CHECK (unit_price_fen >= 0 AND amount_fen >= 0 AND tax_bp BETWEEN 0 AND 10000)
"""

TABLES = f"""
CREATE TABLE customers (
    id uuid NOT NULL,
    home_store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    phone text NOT NULL,
    phone_tail text NOT NULL,
    channel text NOT NULL,
    consent boolean NOT NULL,
    account_terms boolean NOT NULL,
    CONSTRAINT pk_customers PRIMARY KEY (id)
);;
CREATE INDEX ix_customers_phone_tail ON customers (phone_tail, id);;
CREATE INDEX ix_customers_name ON customers (name text_pattern_ops, id);;

CREATE TABLE vehicles (
    id uuid NOT NULL,
    home_store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    vin text NOT NULL,
    plate text NOT NULL,
    brand text NOT NULL,
    model text NOT NULL,
    nature text NOT NULL,
    in_service_on date,
    customer_id uuid NOT NULL,
    odometer_km bigint NOT NULL,
    odometer_read_at timestamptz,
    odometer_store text,
    visits bigint NOT NULL,
    CONSTRAINT pk_vehicles PRIMARY KEY (id),
    CONSTRAINT uq_vehicles_vin UNIQUE (vin),
    CONSTRAINT ck_vehicles_vin CHECK (vin ~ '^[A-HJ-NPR-Z0-9]{{17}}$'),
    CONSTRAINT ck_vehicles_not_negative CHECK (odometer_km >= 0 AND visits >= 0),
    CONSTRAINT fk_vehicles_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id)
);;
CREATE INDEX ix_vehicles_plate ON vehicles (plate, id);;
CREATE INDEX ix_vehicles_customer_id ON vehicles (customer_id);;

CREATE TABLE repair_orders (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    vehicle_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    advisor text NOT NULL,
    words text NOT NULL,
    symptoms jsonb NOT NULL,
    odometer_km bigint NOT NULL,
    odometer_reset_reason text,
    fuel_bp bigint NOT NULL,
    belongings jsonb NOT NULL,
    damage_marks jsonb NOT NULL,
    open_complaint boolean NOT NULL,
    checked_in_at timestamptz NOT NULL,
    opened_on date NOT NULL,
    promised_at timestamptz,
    estimate_no bigint NOT NULL,
    ro_no text,
    total_fen bigint,
    delivered_at timestamptz,
    delivery_odometer_km bigint,
    delivery_reset_reason text,
    handed_to text,
    CONSTRAINT pk_repair_orders PRIMARY KEY (id),
    CONSTRAINT uq_repair_orders_ro_no UNIQUE (ro_no),
    CONSTRAINT ck_repair_orders_state CHECK
        (state IN ('draft', 'estimated', 'authorised', 'work_complete', 'settled', 'delivered')),
    CONSTRAINT ck_repair_orders_numbered CHECK
        (num_nulls(ro_no, total_fen, promised_at) = 0
         OR (state IN ('draft', 'estimated') AND num_nonnulls(ro_no, total_fen) = 0)),
    CONSTRAINT ck_repair_orders_delivered CHECK ((delivered_at IS NOT NULL) = (state = 'delivered')),
    CONSTRAINT ck_repair_orders_readings CHECK (odometer_km >= 0 AND delivery_odometer_km >= 0 AND fuel_bp BETWEEN 0 AND 10000),
    CONSTRAINT fk_repair_orders_vehicle_id_vehicles FOREIGN KEY (vehicle_id) REFERENCES vehicles (id),
    CONSTRAINT fk_repair_orders_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id)
);;
CREATE INDEX ix_repair_orders_store ON repair_orders (store_id, id);;
CREATE INDEX ix_repair_orders_store_state ON repair_orders (store_id, state, id);;
CREATE INDEX ix_repair_orders_vehicle_id ON repair_orders (vehicle_id);;
CREATE INDEX ix_repair_orders_customer_id ON repair_orders (customer_id);;

CREATE TABLE estimates (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    number bigint NOT NULL,
    made_at timestamptz NOT NULL,
    total_fen bigint NOT NULL,
    CONSTRAINT pk_estimates PRIMARY KEY (id),
    CONSTRAINT uq_estimates_ro_id UNIQUE (ro_id, number),
    CONSTRAINT fk_estimates_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id)
);;

CREATE TABLE estimate_lines ({LINE.format(table="estimate_lines")},
    estimate_id uuid NOT NULL,
    CONSTRAINT fk_estimate_lines_estimate_id_estimates FOREIGN KEY (estimate_id) REFERENCES estimates (id)
);;
CREATE INDEX ix_estimate_lines_estimate_id ON estimate_lines (estimate_id);;

CREATE TABLE authorisations (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    estimate_id uuid NOT NULL,
    channel text NOT NULL,
    evidence text NOT NULL,
    authorised_by text NOT NULL,
    authorised_at timestamptz NOT NULL,
    sha256 text NOT NULL,
    CONSTRAINT pk_authorisations PRIMARY KEY (id),
    CONSTRAINT uq_authorisations_estimate_id UNIQUE (estimate_id),
    CONSTRAINT ck_authorisations_sha256 CHECK (sha256 ~ '^[0-9a-f]{{64}}$'),
    CONSTRAINT fk_authorisations_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id),
    CONSTRAINT fk_authorisations_estimate_id_estimates FOREIGN KEY (estimate_id) REFERENCES estimates (id)
);;
CREATE INDEX ix_authorisations_ro_id ON authorisations (ro_id);;

CREATE TABLE repair_order_lines ({LINE.format(table="repair_order_lines")},
    CONSTRAINT fk_repair_order_lines_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id)
);;
CREATE INDEX ix_repair_order_lines_ro_id ON repair_order_lines (ro_id);;

CREATE TABLE line_progress (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    stage text,
    stage_epoch bigint NOT NULL,
    stage_version bigint NOT NULL,
    eta_at timestamptz,
    reworks bigint NOT NULL,
    CONSTRAINT pk_line_progress PRIMARY KEY (id),
    CONSTRAINT ck_line_progress_stage CHECK
        (stage IN ('backordered', 'reserved', 'issued', 'dispatched', 'rework', 'completed'))
);;

CREATE TABLE customer_complaints (
    id uuid NOT NULL,
    cause_id uuid NOT NULL,
    customer_id uuid,
    flagged_ro_id uuid,
    CONSTRAINT pk_customer_complaints PRIMARY KEY (id)
);;
CREATE INDEX ix_customer_complaints_customer_id ON customer_complaints (customer_id);;

CREATE TABLE number_series (
    store_id text NOT NULL,
    series text NOT NULL,
    day date NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT pk_number_series PRIMARY KEY (store_id, series, day),
    CONSTRAINT ck_number_series_last CHECK (last > 0)
);;

CREATE TABLE invoices (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    invoice_no text NOT NULL,
    payer text NOT NULL,
    amount_fen bigint NOT NULL,
    paid_fen bigint NOT NULL,
    on_account_fen bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    CONSTRAINT pk_invoices PRIMARY KEY (id),
    CONSTRAINT uq_invoices_invoice_no UNIQUE (invoice_no),
    CONSTRAINT uq_invoices_ro_id UNIQUE (ro_id, payer),
    CONSTRAINT ck_invoices_payer CHECK (payer IN ('customer', 'warranty', 'insurance', 'internal')),
    CONSTRAINT ck_invoices_paid CHECK (0 <= paid_fen AND paid_fen <= amount_fen),
    CONSTRAINT ck_invoices_on_account CHECK (0 <= on_account_fen AND on_account_fen <= amount_fen - paid_fen),
    CONSTRAINT fk_invoices_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id)
);;

CREATE TABLE invoice_lines (
    invoice_id uuid NOT NULL,
    ro_line_id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    amount_fen bigint NOT NULL,
    CONSTRAINT pk_invoice_lines PRIMARY KEY (invoice_id, ro_line_id),
    CONSTRAINT ck_invoice_lines_amount CHECK (amount_fen >= 0),
    CONSTRAINT fk_invoice_lines_invoice_id_invoices FOREIGN KEY (invoice_id) REFERENCES invoices (id),
    CONSTRAINT fk_invoice_lines_ro_line_id_repair_order_lines FOREIGN KEY (ro_line_id) REFERENCES repair_order_lines (id)
);;

CREATE TABLE payments (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    method text NOT NULL,
    amount_fen bigint NOT NULL,
    reference text,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT uq_payments_cause_id UNIQUE (cause_id),
    CONSTRAINT ck_payments_amount CHECK (amount_fen > 0),
    CONSTRAINT fk_payments_invoice_id_invoices FOREIGN KEY (invoice_id) REFERENCES invoices (id)
);;
CREATE INDEX ix_payments_invoice_id ON payments (invoice_id)
"""


def upgrade() -> None:
    backbone()
    for statement in TABLES.split(";;"):
        op.execute(statement)
    ledgers = ("estimates", "estimate_lines", "authorisations", "repair_order_lines", "invoice_lines", "payments")
    store_scoped("repair_orders", "line_progress", "number_series", "invoices", *ledgers)
    append_only(*ledgers)
