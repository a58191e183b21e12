"""Entry of alembic."""

from shared.migrations import run

run()
