"""Walk-around, photos, signatures, what is brought forward."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Filled with its subject."""
