"""Repair orders that were called off."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE authorised_orders ADD COLUMN cancelled_at timestamptz")
