"""Deductibles, credit notes, deposits, refunds, accounts."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Filled with its subject."""
