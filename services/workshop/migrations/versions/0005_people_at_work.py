"""What technicians are, when they are meant to be at work and when they are, and bays that are out of order."""

from alembic import op

from shared.migrations import store_scoped

revision = "0005"
down_revision = "0004"

TABLES = """
ALTER TABLE technicians
    ADD COLUMN trade text NOT NULL DEFAULT 'mechanical',
    ADD COLUMN grade text NOT NULL DEFAULT 'technician',
    ADD COLUMN counts_bp bigint NOT NULL DEFAULT 10000,
    ADD COLUMN certificates jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN left_on date,
    ADD CONSTRAINT ck_technicians_trade
        CHECK (trade IN ('mechanical', 'body', 'paint', 'detailing', 'accessories', 'glass', 'tyres')),
    ADD CONSTRAINT ck_technicians_grade CHECK (grade IN ('apprentice', 'technician', 'senior', 'master', 'foreman')),
    ADD CONSTRAINT ck_technicians_counts_bp CHECK (counts_bp BETWEEN 0 AND 10000);;

CREATE TABLE shifts (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    technician text NOT NULL,
    day date NOT NULL,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    break_minutes bigint NOT NULL,
    called_off_at timestamptz,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_shifts PRIMARY KEY (id),
    CONSTRAINT uq_shifts_store_id UNIQUE (store_id, technician, begins_at),
    CONSTRAINT fk_shifts_store_id_technicians FOREIGN KEY (store_id, technician) REFERENCES technicians (store_id, code),
    CONSTRAINT ck_shifts_in_order CHECK (ends_at > begins_at AND ends_at <= begins_at + interval '24 hours'),
    CONSTRAINT ck_shifts_break_minutes CHECK (break_minutes >= 0)
);;
CREATE INDEX ix_shifts_day ON shifts (store_id, day);;

CREATE TABLE absences (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    technician text NOT NULL,
    kind text NOT NULL,
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_absences PRIMARY KEY (id),
    CONSTRAINT fk_absences_store_id_technicians FOREIGN KEY (store_id, technician) REFERENCES technicians (store_id, code),
    CONSTRAINT ck_absences_kind CHECK (kind IN ('leave', 'sick', 'training', 'other')),
    CONSTRAINT ck_absences_in_order CHECK (until_at > from_at)
);;
CREATE INDEX ix_absences_until_at ON absences (store_id, technician, until_at);;

CREATE TABLE outages (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    bay text NOT NULL,
    kind text NOT NULL,
    from_at timestamptz NOT NULL,
    until_at timestamptz,
    ended_at timestamptz,
    reason text NOT NULL,
    equipment_id uuid,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_outages PRIMARY KEY (id),
    CONSTRAINT fk_outages_store_id_bays FOREIGN KEY (store_id, bay) REFERENCES bays (store_id, code),
    CONSTRAINT ck_outages_kind CHECK (kind IN ('breakdown', 'maintenance')),
    CONSTRAINT ck_outages_in_order CHECK (until_at > from_at)
);;
CREATE INDEX ix_outages_bay ON outages (store_id, bay);;

CREATE TABLE attendances (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    technician text NOT NULL,
    "user" text NOT NULL,
    came_at timestamptz NOT NULL,
    left_at timestamptz,
    closes_at timestamptz NOT NULL,
    overtime_until_at timestamptz,
    flagged boolean NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_attendances PRIMARY KEY (id),
    CONSTRAINT fk_attendances_store_id_technicians
        FOREIGN KEY (store_id, technician) REFERENCES technicians (store_id, code),
    CONSTRAINT ck_attendances_in_order CHECK (left_at >= came_at)
);;
CREATE UNIQUE INDEX uq_attendances_open ON attendances ("user") WHERE left_at IS NULL;;
CREATE INDEX ix_attendances_came_at ON attendances (store_id, came_at);;
CREATE INDEX ix_attendances_closes_at ON attendances (closes_at) WHERE left_at IS NULL;;

ALTER TABLE activities
    ADD COLUMN attendance_id uuid CONSTRAINT fk_activities_attendance_id_attendances REFERENCES attendances (id),
    ADD COLUMN superseded_by uuid,
    ALTER COLUMN job_id DROP NOT NULL,
    DROP CONSTRAINT ck_activities_kind,
    ADD CONSTRAINT ck_activities_kind
        CHECK (kind IN ('job', 'rework', 'idle', 'wait_parts', 'wait_approval', 'break', 'training', 'shop')),
    ADD CONSTRAINT ck_activities_on_a_job CHECK (kind NOT IN ('job', 'rework') OR job_id IS NOT NULL);;
CREATE INDEX ix_activities_attendance_id ON activities (attendance_id);;
CREATE INDEX ix_activities_started_at ON activities (store_id, started_at)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("shifts", "absences", "outages", "attendances")
