"""Cars that their customers have while the work on them waits, and where sublet work is."""

from alembic import op

from shared.migrations import store_scoped

revision = "0016"
down_revision = "0015"

TABLES = """
ALTER TABLE repair_orders ADD COLUMN lent_at timestamptz;;
ALTER TABLE line_progress DROP CONSTRAINT ck_line_progress_stage;;
ALTER TABLE line_progress ADD CONSTRAINT ck_line_progress_stage CHECK (stage IN (
    'reserved', 'backordered', 'issued', 'dispatched', 'rework', 'completed', 'sent_out', 'returned'));;
CREATE TABLE lendings (
    id uuid NOT NULL,
    store_id text NOT NULL,
    ro_id uuid NOT NULL,
    reason_code text NOT NULL,
    expected_on date,
    lent_km bigint NOT NULL,
    lent_at timestamptz NOT NULL,
    lent_by text NOT NULL,
    taken_back_km bigint,
    taken_back_at timestamptz,
    taken_back_by text,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_lendings PRIMARY KEY (id),
    CONSTRAINT fk_lendings_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id),
    CONSTRAINT ck_lendings_in_order CHECK (taken_back_at >= lent_at),
    CONSTRAINT ck_lendings_taken_back CHECK (num_nulls(taken_back_at, taken_back_by, taken_back_km) IN (0, 3))
);;
CREATE UNIQUE INDEX uq_lendings_lasting ON lendings (ro_id) WHERE taken_back_at IS NULL;;
CREATE INDEX ix_lendings_ro_id ON lendings (ro_id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("lendings")
