"""Notes."""

from alembic import op

from shared.migrations import backbone, store_scoped

revision = "0001"
down_revision = None


def upgrade() -> None:
    backbone()
    op.execute("""
        CREATE TABLE notes (
            id uuid PRIMARY KEY,
            store_id text NOT NULL,
            version bigint NOT NULL,
            cause_id uuid NOT NULL,
            words text NOT NULL,
            amount_fen bigint NOT NULL,
            weight double precision,
            extra jsonb,
            pinned bigint NOT NULL DEFAULT 0
        )
    """)
    store_scoped("notes")
