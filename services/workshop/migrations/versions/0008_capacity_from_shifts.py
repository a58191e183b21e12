"""What is offered follows from shifts, absences and bays in order; equipment and its maintenance."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0008"
down_revision = "0007"

# btree_gist is a trusted extension: the owner of the database may make it.
TABLES = """
CREATE EXTENSION IF NOT EXISTS btree_gist;;
ALTER TABLE shifts DROP CONSTRAINT uq_shifts_store_id;;
ALTER TABLE shifts ADD CONSTRAINT ex_shifts_overlap
    EXCLUDE USING gist (store_id WITH =, technician WITH =, tstzrange(begins_at, ends_at) WITH &&)
    WHERE (called_off_at IS NULL);;
DROP INDEX ix_shifts_day;;
CREATE INDEX ix_shifts_day ON shifts (store_id, day, id);;
CREATE INDEX ix_shifts_technician ON shifts (store_id, technician, begins_at);;
CREATE INDEX ix_absences_store_id ON absences (store_id, id);;

ALTER TABLE outages ADD COLUMN begun_at timestamptz;;
DROP INDEX ix_outages_bay;;
CREATE INDEX ix_outages_bay ON outages (store_id, bay) WHERE ended_at IS NULL;;
CREATE INDEX ix_outages_store_id ON outages (store_id, id);;
CREATE INDEX ix_outages_from_at ON outages (from_at) WHERE begun_at IS NULL;;

CREATE TABLE equipment (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    bay text,
    every_days bigint,
    due_on date,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_equipment PRIMARY KEY (id),
    CONSTRAINT uq_equipment_store_id UNIQUE (store_id, code),
    CONSTRAINT fk_equipment_store_id_bays FOREIGN KEY (store_id, bay) REFERENCES bays (store_id, code),
    CONSTRAINT ck_equipment_every_days CHECK (every_days BETWEEN 1 AND 3660),
    CONSTRAINT ck_equipment_planned CHECK ((every_days IS NULL) = (due_on IS NULL))
);;
CREATE INDEX ix_equipment_due_on ON equipment (store_id, due_on);;
ALTER TABLE outages ADD CONSTRAINT fk_outages_equipment_id_equipment FOREIGN KEY (equipment_id) REFERENCES equipment (id);;

CREATE TABLE maintenances (
    id uuid NOT NULL,
    store_id text NOT NULL,
    equipment_id uuid NOT NULL,
    done_on date NOT NULL,
    remark text,
    done_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    next_due_on date,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_maintenances PRIMARY KEY (id),
    CONSTRAINT fk_maintenances_equipment_id_equipment FOREIGN KEY (equipment_id) REFERENCES equipment (id)
);;
CREATE INDEX ix_maintenances_equipment_id ON maintenances (equipment_id, id);;

ALTER TABLE capacities
    ADD COLUMN planned_hours_milli bigint,
    ADD CONSTRAINT ck_capacities_planned CHECK (planned_hours_milli >= 0);;
UPDATE capacities SET planned_hours_milli = offered_hours_milli;;

CREATE TABLE capacity_plans (
    id uuid NOT NULL,
    store_id text NOT NULL,
    plan_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_capacity_plans PRIMARY KEY (id),
    CONSTRAINT uq_capacity_plans_store_id UNIQUE (store_id)
);;
CREATE INDEX ix_capacity_plans_plan_at ON capacity_plans (plan_at)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("equipment", "maintenances", "capacity_plans")
    append_only("maintenances")
