"""Which notes the workshop wrote, and who read them."""

from alembic import op

from shared.migrations import store_scoped

revision = "0018"
down_revision = "0017"

TABLES = """
CREATE TABLE workshop_notes (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid,
    job_id uuid,
    stage text,
    written_at timestamptz,
    read_by text,
    read_at timestamptz,
    CONSTRAINT pk_workshop_notes PRIMARY KEY (id),
    CONSTRAINT ck_workshop_notes_read CHECK (num_nulls(read_by, read_at) IN (0, 2))
);;
CREATE INDEX ix_workshop_notes_ro_id ON workshop_notes (ro_id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("workshop_notes")
