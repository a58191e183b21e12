"""How a service's database comes to be: roles, database, the tables that every service has, and its own alembic versions.

Migrations only expand: a column or table that an older release still uses is never removed in the same release.
"""

import contextlib
from importlib import resources
from pathlib import Path
from urllib.parse import quote

import asyncpg
from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.settings import MissingSetting, Settings

JOURNAL_DAYS = 30
"""How long sent facts stay in the outbox."""
AHEAD_DAYS = 14
"""How many daily outbox partitions are made in advance."""


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(str(resources.files(f"services.{service}"))) / "migrations"))
    config.attributes["service"] = service
    return config


def head(service: str) -> str:
    """The revision that this release needs."""
    return ScriptDirectory.from_config(_config(service)).get_current_head() or ""


async def migrate(service: str, settings: Settings) -> str:
    """Make roles and database when an administrator's secret is given, then bring the schema to this release's head.
    Safe to repeat.  Returns the revision."""
    await _bootstrap(service, settings)
    url = settings.postgres_url(f"{service}_owner", settings.database(service))
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('loop4s migrate'))"))
            await connection.run_sync(_upgrade, service)
    finally:
        await engine.dispose()
    return head(service)


def _upgrade(connection: Connection, service: str) -> None:
    config = _config(service)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run() -> None:
    """The whole env.py of every service."""
    from alembic import context

    attributes = context.config.attributes
    context.configure(connection=attributes["connection"], target_metadata=None, service=attributes["service"])
    with context.begin_transaction():
        context.run_migrations()


async def _bootstrap(service: str, settings: Settings) -> None:
    try:
        admin_url = settings.postgres_url(settings.postgres_admin, "postgres")
    except MissingSetting:
        return
    owner, database = f"{service}_owner", settings.database(service)
    admin = await asyncpg.connect(admin_url, timeout=10)
    try:
        async with admin.transaction():
            await admin.execute("SELECT pg_advisory_xact_lock(hashtext('loop4s bootstrap'))")
            for role in (owner, service):
                password = settings.secret("database", role).replace("'", "''")
                if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                    await admin.execute(f'CREATE ROLE "{role}" LOGIN NOSUPERUSER NOBYPASSRLS')
                await admin.execute(f"ALTER ROLE \"{role}\" PASSWORD '{password}'")
            for common in ("postgres", "template1"):
                await admin.execute(f"REVOKE CONNECT ON DATABASE {common} FROM PUBLIC")
        if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
            # another `migrate` may make it meanwhile
            with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await admin.execute(f'CREATE DATABASE "{database}" OWNER "{owner}"')
        await admin.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
        await admin.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{service}"')
    finally:
        await admin.close()
    inside = await asyncpg.connect(f"{admin_url.rpartition('/')[0]}/{quote(database)}", timeout=10)
    try:
        await inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        await inside.execute(f'GRANT USAGE, CREATE ON SCHEMA public TO "{owner}"')
    finally:
        await inside.close()


def backbone() -> None:
    """First migration of every service: outbox, inbox, history, idempotency keys, policies, and the service role's rights."""
    service = op.get_context().opts["service"]
    for statement in _BACKBONE.format(service=service, ahead=AHEAD_DAYS, kept=JOURNAL_DAYS).split(";;"):
        op.execute(statement)
    store_scoped("state_history")
    store_and_group_scoped("policies")
    append_only("state_history", "policies")
    op.execute("SELECT keep_outbox_partitions()")


_STORES = "(SELECT current_setting('app.stores', true))"
_IN_STORES = f"{_STORES} = '*' OR store_id = ANY (string_to_array({_STORES}, ','))"


def store_scoped(*tables: str) -> None:
    """Rows of these tables are visible and writable only within the stores of `app.stores` ('*' = all, unset = none)."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY store_scope ON {table} USING ({_IN_STORES})")


def store_and_group_scoped(*tables: str) -> None:
    """As `store_scoped`, except that all stores see the group's rows ('all'), which only who acts for all may write."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"""CREATE POLICY store_scope ON {table}
            USING ({_IN_STORES} OR store_id = 'all' AND {_STORES} <> '')
            WITH CHECK ({_STORES} = '*' OR store_id <> 'all' AND store_id = ANY (string_to_array({_STORES}, ',')))""")


def append_only(*tables: str) -> None:
    """The service may add and read rows of these tables, never change or remove them."""
    service = op.get_context().opts["service"]
    for table in tables:
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {service}")


_BACKBONE = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service};;
GRANT USAGE ON SCHEMA public TO {service};;
GRANT SELECT ON alembic_version TO {service};;

CREATE TABLE speaker (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), epoch bigint NOT NULL);;
INSERT INTO speaker (epoch) VALUES (1);;
REVOKE INSERT, UPDATE, DELETE ON speaker FROM {service};;

CREATE TABLE outbox (
    day date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    id uuid NOT NULL,
    announced_at timestamptz NOT NULL DEFAULT now(),
    type text NOT NULL,
    store_id text NOT NULL,
    subject uuid NOT NULL,
    version bigint NOT NULL,
    epoch bigint NOT NULL,
    routing_key text NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL,
    sent_at timestamptz,
    attempts int NOT NULL DEFAULT 0,
    retry_at timestamptz,
    last_error text,
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);;
CREATE INDEX ix_outbox_unsent ON outbox (id) WHERE sent_at IS NULL;;
REVOKE UPDATE, DELETE ON outbox FROM {service};;
GRANT UPDATE (sent_at, attempts, retry_at, last_error) ON outbox TO {service};;

CREATE FUNCTION keep_outbox_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    name text;
    part record;
    unsent boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('keep_outbox_partitions'));
    FOR ahead IN -1..{ahead} LOOP
        name := 'outbox_' || to_char(today + ahead, 'YYYYMMDD');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)',
                           name, today + ahead, today + ahead + 1);
            EXECUTE format('REVOKE ALL ON %I FROM {service}', name);
        END IF;
    END LOOP;
    FOR part IN SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'outbox'::regclass LOOP
        IF to_date(right(part.name, 8), 'YYYYMMDD') < today - {kept} THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE sent_at IS NULL)', part.name) INTO unsent;
            IF NOT unsent THEN
                EXECUTE format('DROP TABLE %s', part.name);
            END IF;
        END IF;
    END LOOP;
END $$;;
REVOKE EXECUTE ON FUNCTION keep_outbox_partitions() FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION keep_outbox_partitions() TO {service};;

CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    type text NOT NULL,
    speaker text NOT NULL,
    announced_at timestamptz NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT clock_timestamp()
);;
CREATE INDEX ix_inbox_handled_at ON inbox USING brin (handled_at);;
CREATE TABLE inbox_trials (event_id uuid PRIMARY KEY, trials int NOT NULL, raised_at timestamptz NOT NULL DEFAULT now());;

CREATE TABLE state_history (
    subject_id uuid NOT NULL,
    store_id text NOT NULL,
    seq bigint NOT NULL,
    from_state text,
    to_state text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    cause_id uuid NOT NULL,
    PRIMARY KEY (subject_id, seq)
);;

CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    status int,
    headers jsonb,
    body text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, route, key)
);;
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);;

CREATE TABLE policies (
    id uuid PRIMARY KEY,
    store_id text NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    value jsonb NOT NULL,
    actor text NOT NULL,
    cause_id uuid NOT NULL,
    CONSTRAINT uq_policies_store_id UNIQUE (store_id, name, version)
)
"""
