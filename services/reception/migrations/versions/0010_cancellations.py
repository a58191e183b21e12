"""Repair orders that are called off."""

from alembic import op

revision = "0010"
down_revision = "0009"

CHANGES = """
ALTER TABLE repair_orders
    DROP CONSTRAINT ck_repair_orders_state,
    DROP CONSTRAINT ck_repair_orders_numbered,
    ADD CONSTRAINT ck_repair_orders_state CHECK
        (state IN ('draft', 'estimated', 'authorised', 'work_complete', 'settled', 'delivered', 'cancelled')),
    ADD CONSTRAINT ck_repair_orders_numbered CHECK
        (num_nulls(ro_no, total_fen, promised_at) = 0
         OR (state IN ('draft', 'estimated', 'cancelled') AND num_nonnulls(ro_no, total_fen) = 0));;
CREATE INDEX ix_deferred_items_done_ro_id ON deferred_items (done_ro_id) WHERE done_ro_id IS NOT NULL
"""


def upgrade() -> None:
    for statement in CHANGES.split(";;"):
        op.execute(statement)
