"""Customers' and vehicles' files: contacts, consents, owners, visits at all stores, sold cars, what is still missing."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0004"
down_revision = "0003"

TABLES = """
ALTER TABLE customers
    ADD COLUMN address text,
    ADD COLUMN services_wished text,
    ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN credit_limit_fen bigint,
    ADD COLUMN payment_days bigint,
    ADD COLUMN vip_level bigint NOT NULL DEFAULT 0,
    ADD COLUMN fleet text,
    ADD COLUMN price_agreement text,
    ADD COLUMN merged_into uuid,
    ADD COLUMN merged_at timestamptz,
    ADD CONSTRAINT ck_customers_vip_level CHECK (vip_level BETWEEN 0 AND 3),
    ADD CONSTRAINT ck_customers_credit CHECK (credit_limit_fen >= 0 AND payment_days >= 0),
    ADD CONSTRAINT ck_customers_merged_into CHECK (merged_into <> id),
    ADD CONSTRAINT fk_customers_merged_into_customers FOREIGN KEY (merged_into) REFERENCES customers (id);;
CREATE INDEX ix_customers_fleet ON customers (fleet, id) WHERE fleet IS NOT NULL;;
CREATE INDEX ix_customers_vip ON customers (vip_level, id) WHERE vip_level > 0;;
CREATE INDEX ix_customers_merged_into ON customers (merged_into) WHERE merged_into IS NOT NULL;;

ALTER TABLE vehicles
    ADD COLUMN vehicle_type text,
    ADD COLUMN maintenance_months bigint,
    ADD COLUMN maintenance_km bigint,
    ADD COLUMN first_maintenance_on date,
    ADD COLUMN first_maintenance_km bigint,
    ADD COLUMN confirmed_at timestamptz,
    ADD CONSTRAINT ck_vehicles_maintenance CHECK (maintenance_months > 0 AND maintenance_km > 0);;
CREATE INDEX ix_vehicles_vin_tail ON vehicles ("right"(vin, 6), id);;

CREATE TABLE contacts (
    id uuid NOT NULL,
    cause_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    phone text NOT NULL,
    phone_tail text NOT NULL,
    email text,
    channel text NOT NULL,
    quiet_from_minutes bigint,
    quiet_until_minutes bigint,
    is_primary boolean NOT NULL,
    removed_at timestamptz,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT ck_contacts_quiet_hours CHECK
        (quiet_from_minutes BETWEEN 0 AND 1439 AND quiet_until_minutes BETWEEN 0 AND 1439),
    CONSTRAINT ck_contacts_quiet_hours_both CHECK ((quiet_from_minutes IS NULL) = (quiet_until_minutes IS NULL)),
    CONSTRAINT ck_contacts_primary CHECK (NOT (is_primary AND removed_at IS NOT NULL)),
    CONSTRAINT fk_contacts_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id)
);;
CREATE INDEX ix_contacts_customer_id ON contacts (customer_id, id);;
CREATE INDEX ix_contacts_phone_tail ON contacts (phone_tail, customer_id);;
CREATE INDEX ix_contacts_name ON contacts (name text_pattern_ops, customer_id);;
INSERT INTO contacts (id, cause_id, customer_id, name, role, phone, phone_tail, channel, is_primary)
    SELECT gen_random_uuid(), cause_id, id, name, CASE kind WHEN 'person' THEN 'owner' ELSE 'office' END, phone, phone_tail,
           channel, true
    FROM customers;;

CREATE TABLE consents (
    id uuid NOT NULL,
    cause_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    purpose text NOT NULL,
    text_version text NOT NULL,
    channel text NOT NULL,
    given boolean NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    CONSTRAINT pk_consents PRIMARY KEY (id),
    CONSTRAINT fk_consents_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id)
);;
CREATE INDEX ix_consents_customer_id ON consents (customer_id, at, id);;

CREATE TABLE vehicle_owners (
    id uuid NOT NULL,
    cause_id uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    owned_from_on date,
    owned_until_on date,
    holds_from_at timestamptz,
    CONSTRAINT pk_vehicle_owners PRIMARY KEY (id),
    CONSTRAINT fk_vehicle_owners_vehicle_id_vehicles FOREIGN KEY (vehicle_id) REFERENCES vehicles (id),
    CONSTRAINT fk_vehicle_owners_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id)
);;
CREATE INDEX ix_vehicle_owners_vehicle_id ON vehicle_owners (vehicle_id);;
CREATE INDEX ix_vehicle_owners_customer_id ON vehicle_owners (customer_id);;
INSERT INTO vehicle_owners (id, cause_id, vehicle_id, customer_id)
    SELECT gen_random_uuid(), cause_id, id, customer_id FROM vehicles;;

CREATE TABLE incomplete_files (
    ro_id uuid NOT NULL,
    cause_id uuid NOT NULL,
    visited_store_id text NOT NULL,
    customer_id uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    due_on date NOT NULL,
    completed_at timestamptz,
    CONSTRAINT pk_incomplete_files PRIMARY KEY (ro_id),
    CONSTRAINT fk_incomplete_files_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT fk_incomplete_files_vehicle_id_vehicles FOREIGN KEY (vehicle_id) REFERENCES vehicles (id)
);;
CREATE INDEX ix_incomplete_files_due ON incomplete_files (visited_store_id, due_on, ro_id) WHERE completed_at IS NULL;;
CREATE INDEX ix_incomplete_files_due_on ON incomplete_files (due_on, ro_id) WHERE completed_at IS NULL;;
CREATE INDEX ix_incomplete_files_customer_id ON incomplete_files (customer_id) WHERE completed_at IS NULL;;
CREATE INDEX ix_incomplete_files_vehicle_id ON incomplete_files (vehicle_id) WHERE completed_at IS NULL;;

CREATE TABLE vehicle_visits (
    ro_id uuid NOT NULL,
    cause_id uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    store_id text NOT NULL,
    ro_no text,
    state text NOT NULL,
    checked_in_at timestamptz NOT NULL,
    delivered_at timestamptz,
    odometer_km bigint NOT NULL,
    concern_codes jsonb NOT NULL,
    work jsonb NOT NULL,
    total_fen bigint,
    CONSTRAINT pk_vehicle_visits PRIMARY KEY (ro_id)
);;
CREATE INDEX ix_vehicle_visits_vehicle_id ON vehicle_visits (vehicle_id, checked_in_at, ro_id);;
INSERT INTO vehicle_visits
    SELECT o.id, o.cause_id, o.vehicle_id, o.customer_id, o.store_id, o.ro_no, o.state, o.checked_in_at, o.delivered_at,
           coalesce(o.delivery_odometer_km, o.odometer_km),
           coalesce((SELECT jsonb_agg(DISTINCT code) FROM (
               SELECT symptom ->> 'concern_code' FROM jsonb_array_elements(o.symptoms) AS symptom
               UNION SELECT l.concern_code FROM repair_order_lines AS l WHERE l.ro_id = o.id AND l.concern_code IS NOT NULL
           ) AS told (code)), '[]'),
           coalesce((SELECT jsonb_agg(jsonb_build_object('kind', l.kind, 'code', coalesce(l.op_code, l.part_no),
                                                         'description', l.description) ORDER BY l.position)
                     FROM repair_order_lines AS l WHERE l.ro_id = o.id), '[]'),
           o.total_fen
    FROM repair_orders AS o;;

CREATE TABLE vehicle_sales (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    told_epoch bigint NOT NULL,
    told_version bigint NOT NULL,
    vin text,
    plate text,
    brand text,
    model text,
    nature text,
    sold_on date,
    in_service_on date,
    holds_from_at timestamptz,
    customer_id uuid,
    opened_version bigint,
    CONSTRAINT pk_vehicle_sales PRIMARY KEY (id)
);;
CREATE INDEX ix_vehicle_sales_vin ON vehicle_sales (vin)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("vehicle_sales")
    append_only("consents")
