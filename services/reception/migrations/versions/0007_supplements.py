"""Decisions line by line, supplements, deferred work, promises."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Filled with its subject."""
