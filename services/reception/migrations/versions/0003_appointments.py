"""Appointments and the hours they take."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Filled with its subject."""
