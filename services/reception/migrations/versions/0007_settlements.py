"""Deductibles, credit notes, deposits, refunds, accounts."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Filled with its subject."""
