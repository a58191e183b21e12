"""Alembic's door; the way is the same for all services."""

from shared.migrations import run

run()
