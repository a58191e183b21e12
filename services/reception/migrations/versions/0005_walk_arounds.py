"""Walk-around, photos, signatures, what is brought forward."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Filled with its subject."""
