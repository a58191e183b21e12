"""When an appointment was booked, who called it off, and which walk-in took more than was free."""

from alembic import op

revision = "0009"
down_revision = "0008"

CHANGES = """
ALTER TABLE appointments ADD COLUMN booked_at timestamptz;;
ALTER TABLE appointments ADD COLUMN cancelled_by text;;
ALTER TABLE appointments ADD COLUMN overbooked boolean NOT NULL DEFAULT false
"""


def upgrade() -> None:
    for statement in CHANGES.split(";;"):
        op.execute(statement)
