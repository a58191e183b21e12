"""The tables of every service, bays and visits."""

from alembic import op

from shared.migrations import backbone, store_scoped

revision = "0001"
down_revision = None


def upgrade() -> None:
    backbone()
    op.execute(
        """
        CREATE TABLE bays (
            id uuid PRIMARY KEY, store_id text NOT NULL, version bigint NOT NULL, cars bigint NOT NULL, minutes bigint NOT NULL,
            cause_id uuid NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE visits (
            id uuid PRIMARY KEY, store_id text NOT NULL, bay_id uuid NOT NULL, advisor text NOT NULL, minutes bigint NOT NULL,
            arrived_at timestamptz NOT NULL, cause_id uuid NOT NULL
        )
        """
    )
    store_scoped("bays", "visits")
