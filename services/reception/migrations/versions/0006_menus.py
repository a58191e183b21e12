"""The service menu, prices, discounts."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Filled with its subject."""
