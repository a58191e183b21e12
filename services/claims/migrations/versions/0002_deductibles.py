"""What the customer pays of a line first."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Filled with its subject."""
