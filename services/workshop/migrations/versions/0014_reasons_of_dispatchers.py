"""Who was given whose job, who had enough to do, and whose car it is."""

from alembic import op

revision = "0014"
down_revision = "0013"

CHANGES = """
ALTER TABLE dispatches ADD COLUMN taken_from text, ADD COLUMN waiting_jobs bigint;;
ALTER TABLE authorised_orders ADD COLUMN member_tier text
"""


def upgrade() -> None:
    for statement in CHANGES.split(";;"):
        op.execute(statement)
