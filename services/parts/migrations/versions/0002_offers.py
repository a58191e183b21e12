"""What parts cost customers, and what the stores have said that they can offer.  Every place says it once after the upgrade."""

from alembic import op

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
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN version bigint NOT NULL DEFAULT 0,
    ADD COLUMN offer_at timestamptz DEFAULT now(),
    ADD CONSTRAINT uq_stock_levels_id UNIQUE (id);;
ALTER TABLE stock_levels ALTER COLUMN id DROP DEFAULT, ALTER COLUMN version DROP DEFAULT, ALTER COLUMN offer_at DROP DEFAULT;;
CREATE INDEX ix_parts_offer_at ON parts (offer_at) WHERE offer_at IS NOT NULL;;
CREATE INDEX ix_stock_levels_part_no ON stock_levels (part_no);;
CREATE INDEX ix_stock_levels_offer_at ON stock_levels (offer_at) WHERE offer_at IS NOT NULL
"""


def upgrade() -> None:
    for statement in CHANGES.split(";;"):
        op.execute(statement)
