"""The backbone, the kept facts, the cars and vehicles made from them, and the local users."""

from alembic import op

from shared.migrations import append_only, backbone, store_scoped

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE facts (
    day date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    event_id uuid NOT NULL,
    type text NOT NULL,
    store_id text NOT NULL,
    subject uuid NOT NULL,
    version bigint NOT NULL,
    epoch bigint NOT NULL,
    ro_id uuid NOT NULL,
    body jsonb NOT NULL,
    heard_at timestamptz NOT NULL,
    CONSTRAINT pk_facts PRIMARY KEY (day, event_id)
) PARTITION BY RANGE (day);;
CREATE INDEX ix_facts_ro_id ON facts (ro_id);;
CREATE INDEX ix_facts_type ON facts (type, heard_at);;

CREATE TABLE cars (
    id uuid NOT NULL,
    store_id text NOT NULL,
    known jsonb NOT NULL,
    touched_at timestamptz NOT NULL,
    stage text,
    since timestamptz,
    ro_no text,
    vehicle_id uuid,
    advisor text,
    promised_at timestamptz,
    arrived_at timestamptz,
    delivered_at timestamptz,
    technicians jsonb NOT NULL,
    short_lines bigint NOT NULL,
    eta_at timestamptz,
    reworks bigint NOT NULL,
    complaint boolean NOT NULL,
    lowest_score bigint,
    claimed_fen bigint NOT NULL,
    claims_open bigint NOT NULL,
    claims_paid bigint NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_cars PRIMARY KEY (id),
    CONSTRAINT ck_cars_stage CHECK (stage IN ('checked_in', 'authorised', 'waiting_parts', 'ready', 'in_work', 'rework',
                                              'completed', 'settled', 'delivered', 'surveyed'))
);;
CREATE INDEX ix_cars_store_id ON cars (store_id, id);;
CREATE INDEX ix_cars_here ON cars (store_id, stage) WHERE delivered_at IS NULL;;
CREATE INDEX ix_cars_delivered_at ON cars (delivered_at) WHERE delivered_at IS NOT NULL;;
CREATE INDEX ix_cars_vehicle_id ON cars (vehicle_id);;
CREATE INDEX ix_cars_touched_at ON cars (touched_at);;

CREATE TABLE vehicles (
    id uuid NOT NULL,
    plate text,
    vin text,
    brand text,
    model text,
    epoch bigint NOT NULL,
    version bigint NOT NULL,
    touched_at timestamptz NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT pk_vehicles PRIMARY KEY (id)
);;

CREATE TABLE users (
    id uuid NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    grants jsonb NOT NULL,
    language text,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_name UNIQUE (name)
);;

CREATE TABLE sessions (
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    began_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (token_hash),
    CONSTRAINT fk_sessions_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);;
CREATE INDEX ix_sessions_user_id ON sessions (user_id);;
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);;

CREATE TABLE failed_logins (
    id uuid NOT NULL,
    name_hash bytea NOT NULL,
    address text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT pk_failed_logins PRIMARY KEY (id)
);;
CREATE INDEX ix_failed_logins_at ON failed_logins (at)
"""

# A partition of its own grants nobody anything: facts are read and written through their parent, with its row security.
PARTITIONS = """
CREATE FUNCTION keep_fact_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    this_month date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
    begins date;
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('keep_fact_partitions'));
    FOR ahead IN 0..3 LOOP
        begins := this_month + make_interval(months => ahead);
        name := 'facts_' || to_char(begins, 'YYYYMM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF facts FOR VALUES FROM (%L) TO (%L)',
                           name, begins, (begins + interval '1 month')::date);
            EXECUTE format('REVOKE ALL ON %I FROM {service}', name);
        END IF;
    END LOOP;
END $$;;
REVOKE EXECUTE ON FUNCTION keep_fact_partitions() FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION keep_fact_partitions() TO {service};;
SELECT keep_fact_partitions()
"""


def upgrade() -> None:
    backbone()
    service = op.get_context().opts["service"]
    for statement in (*TABLES.split(";;"), *PARTITIONS.replace("{service}", service).split(";;")):
        op.execute(statement)
    store_scoped("facts", "cars")
    append_only("facts")
