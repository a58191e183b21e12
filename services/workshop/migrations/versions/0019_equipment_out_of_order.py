"""Equipment that stands in no bay can be out of order, too."""

from alembic import op

revision = "0019"
down_revision = "0018"

STATEMENTS = """
ALTER TABLE outages ALTER COLUMN bay DROP NOT NULL;;
ALTER TABLE outages ADD CONSTRAINT ck_outages_of_something CHECK (bay IS NOT NULL OR equipment_id IS NOT NULL);;
CREATE INDEX ix_outages_equipment_id ON outages (equipment_id) WHERE ended_at IS NULL AND equipment_id IS NOT NULL
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";;"):
        op.execute(statement)
