"""The hours that appointments will need."""

from alembic import op

from shared.migrations import store_scoped

revision = "0013"
down_revision = "0012"

TABLES = """
CREATE TABLE booked_hours (
    id uuid NOT NULL,
    store_id text NOT NULL,
    told_epoch bigint NOT NULL,
    told_version bigint NOT NULL,
    day date,
    needs jsonb NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_booked_hours PRIMARY KEY (id)
);;
CREATE INDEX ix_booked_hours_day ON booked_hours (store_id, day) WHERE day IS NOT NULL;;
CREATE INDEX ix_authorised_orders_appointment_id ON authorised_orders (appointment_id) WHERE appointment_id IS NOT NULL
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    store_scoped("booked_hours")
