"""Why a membership ended, and who ended it."""

from alembic import op

revision = "0015"
down_revision = "0014"

CHANGES = """
ALTER TABLE members
    ADD COLUMN end_reason text,
    ADD COLUMN ended_by text,
    ADD CONSTRAINT ck_members_end_reason CHECK ((end_reason IS NULL) = (ended_by IS NULL))
"""


def upgrade() -> None:
    op.execute(CHANGES)
