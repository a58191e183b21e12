"""Which cars are away is found whatever their orders' jobs wait for."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_holds_away ON holds (store_id) WHERE closed_at IS NULL AND job_id IS NULL")
