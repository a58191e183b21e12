"""Appointments, the workshop's capacity as reception hears it, and the times at which cars are called."""

from alembic import op

from shared.migrations import store_scoped

revision = "0003"
down_revision = "0002"

TABLES = """
CREATE TABLE capacity_slots (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    day date,
    skill text,
    bay_group text,
    offered_hours_milli bigint NOT NULL,
    loaded_hours_milli bigint NOT NULL,
    booked_hours_milli bigint NOT NULL,
    told_epoch bigint NOT NULL,
    told_version bigint NOT NULL,
    CONSTRAINT pk_capacity_slots PRIMARY KEY (id),
    CONSTRAINT ck_capacity_slots_booked CHECK (booked_hours_milli >= 0)
);;
CREATE INDEX ix_capacity_slots_store_id ON capacity_slots (store_id, day, skill, bay_group);;

CREATE TABLE arrival_slots (
    store_id text NOT NULL,
    starts_at timestamptz NOT NULL,
    arrivals bigint NOT NULL,
    CONSTRAINT pk_arrival_slots PRIMARY KEY (store_id, starts_at),
    CONSTRAINT ck_arrival_slots_arrivals CHECK (arrivals >= 0)
);;

CREATE TABLE appointments (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    customer_id uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    day date NOT NULL,
    needs jsonb NOT NULL,
    services jsonb NOT NULL,
    words text,
    channel text NOT NULL,
    advisor text,
    held_until timestamptz,
    remind_at timestamptz,
    reminded_at timestamptz,
    reply text,
    no_show_at timestamptz,
    reason_code text,
    moves bigint NOT NULL,
    CONSTRAINT pk_appointments PRIMARY KEY (id),
    CONSTRAINT ck_appointments_state CHECK
        (state IN ('held', 'confirmed', 'arrived', 'expired', 'cancelled', 'no_show')),
    CONSTRAINT fk_appointments_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT fk_appointments_vehicle_id_vehicles FOREIGN KEY (vehicle_id) REFERENCES vehicles (id)
);;
CREATE INDEX ix_appointments_store_id ON appointments (store_id, day, id);;
CREATE INDEX ix_appointments_state ON appointments (store_id, state, id);;
CREATE INDEX ix_appointments_customer_id ON appointments (customer_id, state);;
CREATE INDEX ix_appointments_vehicle_id ON appointments (vehicle_id);;
CREATE INDEX ix_appointments_held ON appointments (held_until) WHERE state = 'held';;
CREATE INDEX ix_appointments_remind ON appointments (remind_at) WHERE state = 'confirmed' AND reminded_at IS NULL;;
CREATE INDEX ix_appointments_no_show ON appointments (no_show_at) WHERE state = 'confirmed';;
ALTER TABLE repair_orders ADD COLUMN appointment_id uuid
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("capacity_slots", "arrival_slots", "appointments")
