"""Self and team checks, road tests, whose fault it was, and jobs that came back."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0010"
down_revision = "0009"

TABLES = """
CREATE TABLE job_checks (
    id uuid NOT NULL,
    store_id text NOT NULL,
    job_id uuid NOT NULL,
    rework_no bigint NOT NULL,
    level text NOT NULL,
    checked_by text NOT NULL,
    checked_at timestamptz NOT NULL,
    remark text,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_job_checks PRIMARY KEY (id),
    CONSTRAINT uq_job_checks_job_id UNIQUE (job_id, rework_no, level),
    CONSTRAINT fk_job_checks_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id),
    CONSTRAINT ck_job_checks_level CHECK (level IN ('self', 'team', 'release'))
);;
ALTER TABLE inspections
    ADD COLUMN fault_cause text,
    ADD COLUMN fault_owner text,
    ADD COLUMN road_test_km bigint,
    ADD CONSTRAINT ck_inspections_road_test_km CHECK (road_test_km > 0);;
ALTER TABLE jobs
    ADD COLUMN comeback_of uuid CONSTRAINT fk_jobs_comeback_of_jobs REFERENCES jobs (id);;
CREATE INDEX ix_jobs_comeback_of ON jobs (comeback_of) WHERE comeback_of IS NOT NULL;;
CREATE INDEX ix_jobs_vehicle_completed ON jobs (vehicle_id, completed_at) WHERE completed_at IS NOT NULL
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("job_checks")
    append_only("job_checks")
