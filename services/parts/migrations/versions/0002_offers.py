"""What parts cost customers, and what the stores have said that they can offer.  Every place says it once after the upgrade."""

from uuid import NAMESPACE_OID, uuid5

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"

CHANGES = """
ALTER TABLE parts
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN list_price_fen bigint,
    ADD COLUMN offer_at timestamptz,
    ADD CONSTRAINT uq_parts_id UNIQUE (id),
    DROP CONSTRAINT ck_parts_not_negative,
    ADD CONSTRAINT ck_parts_not_negative CHECK (cost_fen >= 0 AND lead_time_days >= 0 AND list_price_fen >= 0);;
ALTER TABLE parts ALTER COLUMN id DROP DEFAULT;;
ALTER TABLE stock_levels
    ADD COLUMN id uuid,
    ADD COLUMN version bigint NOT NULL DEFAULT 0,
    ADD COLUMN offer_at timestamptz DEFAULT now(),
    ADD CONSTRAINT uq_stock_levels_id UNIQUE (id);;
ALTER TABLE stock_levels ALTER COLUMN version DROP DEFAULT, ALTER COLUMN offer_at DROP DEFAULT;;
CREATE INDEX ix_parts_offer_at ON parts (offer_at) WHERE offer_at IS NOT NULL;;
CREATE INDEX ix_stock_levels_part_no ON stock_levels (part_no);;
CREATE INDEX ix_stock_levels_offer_at ON stock_levels (offer_at) WHERE offer_at IS NOT NULL
"""


def upgrade() -> None:
    for statement in CHANGES.split(";;"):
        op.execute(statement)
    # As `StockLevel.id_for` makes them, so that a store whose backup is older than this has the same ids after it.
    known = op.get_bind().execute(text("SELECT store_id, part_no FROM stock_levels")).all()
    if known:
        ids = [{"id": uuid5(NAMESPACE_OID, f"stock level {store} {no}"), "store": store, "no": no} for store, no in known]
        op.get_bind().execute(text("UPDATE stock_levels SET id = :id WHERE store_id = :store AND part_no = :no"), ids)
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the ledger's own check, which would forbid to change the table
    op.execute("ALTER TABLE stock_levels ALTER COLUMN id SET NOT NULL")
