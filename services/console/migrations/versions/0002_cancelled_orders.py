"""Cars whose order was called off leave the board."""

from alembic import op

revision = "0002"
down_revision = "0001"

CHANGES = """
ALTER TABLE cars
    DROP CONSTRAINT ck_cars_stage,
    ADD CONSTRAINT ck_cars_stage CHECK (stage IN ('checked_in', 'authorised', 'waiting_parts', 'ready', 'in_work', 'rework',
                                                  'completed', 'settled', 'delivered', 'surveyed', 'cancelled'));;
DROP INDEX ix_cars_here;;
CREATE INDEX ix_cars_here ON cars (store_id, stage) WHERE delivered_at IS NULL AND stage <> 'cancelled'
"""


def upgrade() -> None:
    for statement in CHANGES.split(";;"):
        op.execute(statement)
