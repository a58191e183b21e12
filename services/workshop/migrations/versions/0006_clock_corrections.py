"""Who helps on a job, and corrections of clocks."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0006"
down_revision = "0005"

TABLES = """
CREATE TABLE job_hands (
    id uuid NOT NULL,
    store_id text NOT NULL,
    job_id uuid NOT NULL,
    technician text NOT NULL,
    share_bp bigint,
    joined_at timestamptz NOT NULL,
    left_at timestamptz,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_job_hands PRIMARY KEY (id),
    CONSTRAINT fk_job_hands_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id),
    CONSTRAINT fk_job_hands_store_id_technicians FOREIGN KEY (store_id, technician) REFERENCES technicians (store_id, code),
    CONSTRAINT ck_job_hands_share_bp CHECK (share_bp BETWEEN 0 AND 10000),
    CONSTRAINT ck_job_hands_in_order CHECK (left_at >= joined_at)
);;
CREATE INDEX ix_job_hands_job_id ON job_hands (job_id);;
CREATE UNIQUE INDEX uq_job_hands_there ON job_hands (job_id, technician) WHERE left_at IS NULL;;

CREATE TABLE clock_corrections (
    id uuid NOT NULL,
    store_id text NOT NULL,
    attendance_id uuid NOT NULL,
    corrected_by text NOT NULL,
    corrected_at timestamptz NOT NULL,
    reason text NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_clock_corrections PRIMARY KEY (id),
    CONSTRAINT fk_clock_corrections_attendance_id_attendances FOREIGN KEY (attendance_id) REFERENCES attendances (id)
);;
CREATE INDEX ix_clock_corrections_attendance_id ON clock_corrections (attendance_id);;
ALTER TABLE activities
    ADD CONSTRAINT fk_activities_superseded_by_clock_corrections
        FOREIGN KEY (superseded_by) REFERENCES clock_corrections (id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("job_hands", "clock_corrections")
    append_only("clock_corrections")
