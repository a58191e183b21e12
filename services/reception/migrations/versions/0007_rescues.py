"""Kinds of repair orders, comebacks, rescue calls, and an index for every list of repair orders and customers."""

from alembic import op

from shared.migrations import store_scoped

revision = "0007"
down_revision = "0006"

STATEMENTS = """
ALTER TABLE repair_orders
    ADD COLUMN order_kind text NOT NULL DEFAULT 'repair',
    ADD COLUMN comeback_of uuid,
    ADD CONSTRAINT ck_repair_orders_order_kind CHECK
        (order_kind IN ('repair', 'maintenance', 'accident', 'rescue', 'warranty',
                        'pdi', 'first_maintenance', 'reconditioning')),
    ADD CONSTRAINT fk_repair_orders_comeback_of_repair_orders FOREIGN KEY (comeback_of) REFERENCES repair_orders (id);;
CREATE INDEX ix_repair_orders_store_advisor ON repair_orders (store_id, advisor, id);;
CREATE INDEX ix_repair_orders_store_kind ON repair_orders (store_id, order_kind, id);;
CREATE INDEX ix_repair_orders_store_opened_on ON repair_orders (store_id, opened_on, id);;
CREATE INDEX ix_repair_orders_store_promised_at ON repair_orders (store_id, promised_at, id);;
DROP INDEX ix_repair_orders_vehicle_id;;
CREATE INDEX ix_repair_orders_vehicle_id ON repair_orders (vehicle_id, id);;
DROP INDEX ix_repair_orders_customer_id;;
CREATE INDEX ix_repair_orders_customer_id ON repair_orders (customer_id, id);;

DROP INDEX ix_customers_name;;
ALTER TABLE customers ALTER COLUMN name TYPE text COLLATE "C";;
CREATE INDEX ix_customers_name ON customers (name, id);;

CREATE TABLE rescue_calls (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    caller_name text NOT NULL,
    caller_phone text NOT NULL,
    location text NOT NULL,
    latitude_microdeg bigint,
    longitude_microdeg bigint,
    words text NOT NULL,
    plate text,
    vehicle_id uuid,
    customer_id uuid,
    taken_by text NOT NULL,
    called_at timestamptz NOT NULL,
    called_on date NOT NULL,
    response_limit_minutes bigint NOT NULL,
    responder text,
    tow_partner text,
    tow_cost_fen bigint,
    dispatched_at timestamptz,
    arrived_at timestamptz,
    ended_at timestamptz,
    outcome text,
    note text,
    end_reason text,
    ro_id uuid,
    CONSTRAINT pk_rescue_calls PRIMARY KEY (id),
    CONSTRAINT uq_rescue_calls_ro_id UNIQUE (ro_id),
    CONSTRAINT ck_rescue_calls_state CHECK
        (state IN ('called', 'dispatched', 'arrived', 'repaired_on_site', 'towed', 'cancelled', 'closed')),
    CONSTRAINT ck_rescue_calls_place CHECK (num_nulls(latitude_microdeg, longitude_microdeg) IN (0, 2)),
    CONSTRAINT ck_rescue_calls_times CHECK
        (dispatched_at >= called_at AND arrived_at >= dispatched_at AND ended_at >= called_at),
    CONSTRAINT ck_rescue_calls_cancelled CHECK (state <> 'cancelled' OR end_reason IS NOT NULL AND ro_id IS NULL),
    CONSTRAINT ck_rescue_calls_closed CHECK
        (state <> 'closed' OR num_nulls(ro_id, end_reason) = 1 AND outcome IS NOT NULL),
    CONSTRAINT ck_rescue_calls_figures CHECK (tow_cost_fen >= 0 AND response_limit_minutes > 0),
    CONSTRAINT fk_rescue_calls_vehicle_id_vehicles FOREIGN KEY (vehicle_id) REFERENCES vehicles (id),
    CONSTRAINT fk_rescue_calls_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT fk_rescue_calls_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id)
);;
CREATE INDEX ix_rescue_calls_store ON rescue_calls (store_id, id);;
CREATE INDEX ix_rescue_calls_store_state ON rescue_calls (store_id, state, id);;
CREATE INDEX ix_rescue_calls_store_called_on ON rescue_calls (store_id, called_on, id)
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";;"):
        op.execute(statement)
    store_scoped("rescue_calls")
