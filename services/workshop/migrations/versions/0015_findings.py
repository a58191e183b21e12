"""Inspection sheets, findings, their photos and proposals, and notes to the front desk."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0015"
down_revision = "0014"

TABLES = """
CREATE TABLE sheets (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    ro_id uuid NOT NULL,
    job_id uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    points jsonb NOT NULL,
    most_photos bigint NOT NULL,
    answers jsonb NOT NULL,
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    completed_by text,
    completed_at timestamptz,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_sheets PRIMARY KEY (id),
    CONSTRAINT fk_sheets_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id),
    CONSTRAINT ck_sheets_completed CHECK (num_nulls(completed_by, completed_at) IN (0, 2))
);;
CREATE UNIQUE INDEX uq_sheets_open ON sheets (ro_id) WHERE completed_at IS NULL;;
CREATE INDEX ix_sheets_ro_id ON sheets (ro_id);;
CREATE INDEX ix_sheets_vehicle_id ON sheets (vehicle_id);;
CREATE INDEX ix_sheets_store_id ON sheets (store_id, id);;
CREATE TABLE findings (
    id uuid NOT NULL,
    store_id text NOT NULL,
    sheet_id uuid NOT NULL,
    point text NOT NULL,
    colour text NOT NULL,
    value bigint,
    unit text,
    remark text,
    reason text,
    found_by text NOT NULL,
    found_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_findings PRIMARY KEY (id),
    CONSTRAINT uq_findings_sheet_id UNIQUE (sheet_id, point),
    CONSTRAINT fk_findings_sheet_id_sheets FOREIGN KEY (sheet_id) REFERENCES sheets (id),
    CONSTRAINT ck_findings_colour CHECK (colour IN ('green', 'yellow', 'red', 'not_checked')),
    CONSTRAINT ck_findings_not_checked CHECK (colour <> 'not_checked' OR reason IS NOT NULL AND value IS NULL),
    CONSTRAINT ck_findings_value CHECK (value IS NULL OR unit IS NOT NULL)
);;
CREATE TABLE sheet_photos (
    id uuid NOT NULL,
    store_id text NOT NULL,
    sheet_id uuid NOT NULL,
    point text NOT NULL,
    blob_key text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    width_px bigint NOT NULL,
    height_px bigint NOT NULL,
    taken_by text NOT NULL,
    taken_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_sheet_photos PRIMARY KEY (id),
    CONSTRAINT uq_sheet_photos_blob_key UNIQUE (blob_key),
    CONSTRAINT fk_sheet_photos_sheet_id_sheets FOREIGN KEY (sheet_id) REFERENCES sheets (id),
    CONSTRAINT ck_sheet_photos_size CHECK (size_bytes > 0 AND width_px > 0 AND height_px > 0)
);;
CREATE INDEX ix_sheet_photos_sheet_id ON sheet_photos (sheet_id);;
CREATE TABLE finding_proposals (
    finding_id uuid NOT NULL,
    store_id text NOT NULL,
    supplement_id uuid NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_finding_proposals PRIMARY KEY (finding_id),
    CONSTRAINT fk_finding_proposals_finding_id_findings FOREIGN KEY (finding_id) REFERENCES findings (id),
    CONSTRAINT fk_finding_proposals_supplement_id_supplements FOREIGN KEY (supplement_id) REFERENCES supplements (id)
);;
CREATE TABLE notes (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    ro_id uuid NOT NULL,
    job_id uuid NOT NULL,
    stage text NOT NULL,
    words text NOT NULL,
    written_by text NOT NULL,
    written_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_notes PRIMARY KEY (id),
    CONSTRAINT fk_notes_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id),
    CONSTRAINT ck_notes_stage CHECK (stage IN ('before', 'during', 'after'))
);;
CREATE INDEX ix_notes_ro_id ON notes (ro_id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    ledgers = ("findings", "sheet_photos", "finding_proposals", "notes")
    store_scoped("sheets", *ledgers)
    append_only(*ledgers)
