"""What parts cost the customer, and what is free."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Filled with its subject."""
