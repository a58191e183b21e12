"""What the parts department offers: prices and free quantities."""

from alembic import op

from shared.migrations import store_scoped

revision = "0011"
down_revision = "0010"

TABLES = """
CREATE TABLE part_offers (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    part_no text,
    name_zh text,
    name_en text,
    unit text,
    genuine boolean,
    list_price_fen bigint,
    free_milli bigint NOT NULL,
    lead_time_days bigint NOT NULL,
    offered_at timestamptz,
    told_epoch bigint NOT NULL,
    told_version bigint NOT NULL,
    CONSTRAINT pk_part_offers PRIMARY KEY (id)
);;
CREATE UNIQUE INDEX ix_part_offers_part_no ON part_offers (store_id, part_no) WHERE part_no IS NOT NULL
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("part_offers")
