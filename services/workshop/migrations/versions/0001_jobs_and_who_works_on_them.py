"""The backbone, what is heard of orders, parts and cars, the jobs, and who works on them where and when."""

from alembic import op

from shared.migrations import append_only, backbone, store_scoped

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE authorised_orders (
    id uuid NOT NULL,
    store_id text NOT NULL,
    authorised_epoch bigint NOT NULL,
    authorised_version bigint NOT NULL,
    delivered_at timestamptz,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_authorised_orders PRIMARY KEY (id)
);;

CREATE TABLE vehicles (
    id uuid NOT NULL,
    identified_epoch bigint NOT NULL,
    identified_version bigint NOT NULL,
    vin text,
    plate text,
    brand text,
    model text,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_vehicles PRIMARY KEY (id)
);;

CREATE TABLE job_parts (
    id uuid NOT NULL,
    store_id text NOT NULL,
    ro_id uuid,
    job_id uuid,
    part_no text,
    quantity_milli bigint,
    needed boolean NOT NULL,
    authorised_epoch bigint NOT NULL,
    authorised_version bigint NOT NULL,
    stage text,
    told_epoch bigint NOT NULL,
    told_version bigint NOT NULL,
    eta_at timestamptz,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_job_parts PRIMARY KEY (id),
    CONSTRAINT ck_job_parts_stage CHECK (stage IN ('reserved', 'backordered', 'issued'))
);;
CREATE INDEX ix_job_parts_job_id ON job_parts (job_id);;
CREATE INDEX ix_job_parts_ro_id ON job_parts (ro_id);;

CREATE TABLE technicians (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    "user" text NOT NULL,
    skills jsonb NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_technicians PRIMARY KEY (id),
    CONSTRAINT uq_technicians_store_id UNIQUE (store_id, code)
);;

CREATE TABLE bays (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_bays PRIMARY KEY (id),
    CONSTRAINT uq_bays_store_id UNIQUE (store_id, code)
);;

CREATE TABLE jobs (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    state_seq bigint NOT NULL,
    technician text,
    bay text,
    hold_reason text,
    cause text,
    correction text,
    finished_by text,
    finished_at timestamptz,
    rework_no bigint NOT NULL,
    completed_at timestamptz,
    ro_id uuid,
    ro_no text,
    vehicle_id uuid,
    op_code text,
    skill text,
    promised_at timestamptz,
    concern_code text,
    flat_hours_milli bigint,
    authorised_epoch bigint NOT NULL,
    authorised_version bigint NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_jobs PRIMARY KEY (id),
    CONSTRAINT fk_jobs_store_id_technicians FOREIGN KEY (store_id, technician) REFERENCES technicians (store_id, code),
    CONSTRAINT fk_jobs_store_id_bays FOREIGN KEY (store_id, bay) REFERENCES bays (store_id, code),
    CONSTRAINT ck_jobs_state
        CHECK (state IN ('unauthorised', 'waiting', 'ready', 'dispatched', 'working', 'paused', 'finished', 'failed',
                         'completed', 'cancelled')),
    CONSTRAINT ck_jobs_filled
        CHECK (state = 'unauthorised' OR num_nulls(ro_id, ro_no, vehicle_id, op_code, skill, promised_at) = 0),
    CONSTRAINT ck_jobs_dispatched
        CHECK (state IN ('unauthorised', 'waiting', 'ready', 'cancelled') OR num_nulls(technician, bay) = 0),
    CONSTRAINT ck_jobs_finished
        CHECK (state NOT IN ('finished', 'failed', 'completed') OR num_nulls(cause, correction, finished_by, finished_at) = 0),
    CONSTRAINT ck_jobs_rework_no CHECK (rework_no >= 0)
);;
CREATE INDEX ix_jobs_ro_id ON jobs (ro_id);;
CREATE INDEX ix_jobs_store_id_state ON jobs (store_id, state, id);;
CREATE UNIQUE INDEX uq_jobs_bay_occupied ON jobs (store_id, bay)
    WHERE state IN ('dispatched', 'working', 'paused', 'finished', 'failed');;

CREATE TABLE activities (
    id uuid NOT NULL,
    store_id text NOT NULL,
    job_id uuid NOT NULL,
    technician text NOT NULL,
    "user" text NOT NULL,
    kind text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_because text,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_activities PRIMARY KEY (id),
    CONSTRAINT fk_activities_store_id_technicians FOREIGN KEY (store_id, technician) REFERENCES technicians (store_id, code),
    CONSTRAINT fk_activities_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id),
    CONSTRAINT ck_activities_kind CHECK (kind IN ('job', 'rework')),
    CONSTRAINT ck_activities_in_order CHECK (ended_at >= started_at),
    CONSTRAINT ck_activities_ended_for_a_reason CHECK ((ended_at IS NULL) = (ended_because IS NULL))
);;
CREATE INDEX ix_activities_job_id ON activities (job_id);;
CREATE UNIQUE INDEX uq_activities_open ON activities ("user") WHERE ended_at IS NULL;;

CREATE TABLE inspections (
    id uuid NOT NULL,
    store_id text NOT NULL,
    job_id uuid NOT NULL,
    rework_no bigint NOT NULL,
    result text NOT NULL,
    fault_code text,
    remark text,
    inspector text NOT NULL,
    inspected_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_inspections PRIMARY KEY (id),
    CONSTRAINT uq_inspections_job_id UNIQUE (job_id, rework_no),
    CONSTRAINT fk_inspections_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id),
    CONSTRAINT ck_inspections_result
        CHECK (result IN ('passed', 'failed') AND (result = 'failed') = (fault_code IS NOT NULL))
)
"""


def upgrade() -> None:
    backbone()
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("authorised_orders", "job_parts", "technicians", "bays", "jobs", "activities", "inspections")
    append_only("inspections")
