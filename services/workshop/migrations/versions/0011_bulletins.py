"""Technical bulletins, their editions, and how they were used."""

from alembic import op

from shared.migrations import append_only, store_and_group_scoped, store_scoped

revision = "0011"
down_revision = "0010"

TABLES = """
CREATE TABLE bulletins (
    id uuid NOT NULL,
    store_id text NOT NULL,
    version bigint NOT NULL,
    number text NOT NULL,
    content jsonb NOT NULL,
    models jsonb NOT NULL,
    op_codes jsonb NOT NULL,
    concern_codes jsonb NOT NULL,
    valid_from_on date NOT NULL,
    valid_until_on date,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_bulletins PRIMARY KEY (id),
    CONSTRAINT uq_bulletins_store_id UNIQUE (store_id, number)
);;
CREATE TABLE bulletin_editions (
    id uuid NOT NULL,
    store_id text NOT NULL,
    bulletin_id uuid NOT NULL,
    version bigint NOT NULL,
    content jsonb NOT NULL,
    written_by text NOT NULL,
    written_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_bulletin_editions PRIMARY KEY (id),
    CONSTRAINT uq_bulletin_editions_bulletin_id UNIQUE (bulletin_id, version),
    CONSTRAINT fk_bulletin_editions_bulletin_id_bulletins FOREIGN KEY (bulletin_id) REFERENCES bulletins (id)
);;
CREATE TABLE bulletin_uses (
    id uuid NOT NULL,
    store_id text NOT NULL,
    bulletin_id uuid NOT NULL,
    job_id uuid NOT NULL,
    used_by text NOT NULL,
    used_at timestamptz NOT NULL,
    helped boolean NOT NULL,
    remark text,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_bulletin_uses PRIMARY KEY (id),
    CONSTRAINT uq_bulletin_uses_bulletin_id UNIQUE (bulletin_id, job_id),
    CONSTRAINT fk_bulletin_uses_bulletin_id_bulletins FOREIGN KEY (bulletin_id) REFERENCES bulletins (id),
    CONSTRAINT fk_bulletin_uses_job_id_jobs FOREIGN KEY (job_id) REFERENCES jobs (id)
)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_and_group_scoped("bulletins", "bulletin_editions")
    store_scoped("bulletin_uses")
    append_only("bulletin_editions", "bulletin_uses")
