"""Points, stored value, packages and vouchers."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Filled with its subject."""
