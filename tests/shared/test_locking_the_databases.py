"""What a service's role may do in the databases: read and write rows, and nothing else."""

import asyncpg
import pytest

from shared.settings import SERVICES, Settings
from tests.databases import as_role
from tests.shared.roles import WHOLE, names, refused

ANYWHERE = {
    "making things": (
        "CREATE TABLE mine (id int)", "CREATE TEMP TABLE mine (id int)", "CREATE SCHEMA mine", "CREATE VIEW mine AS SELECT 1",
        "CREATE SEQUENCE mine", "CREATE TYPE mine AS (a int)", "CREATE MATERIALIZED VIEW mine AS SELECT 1",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "SELECT 1 AS a INTO mine", "CREATE ROLE mine",
        "CREATE PUBLICATION mine", "CREATE FOREIGN DATA WRAPPER mine",
    ),
    "becoming somebody else": (
        "SET ROLE {service}_owner", "SET ROLE {other}", "SET ROLE pg_read_all_data",
        "SET SESSION AUTHORIZATION {service}_owner", "ALTER ROLE {service} BYPASSRLS", "ALTER ROLE {service} SUPERUSER",
        "ALTER ROLE {service}_owner PASSWORD 'mine'", "GRANT {service}_owner TO {service}",
        "GRANT pg_read_all_data TO {service}", "REASSIGN OWNED BY {service}_owner TO {service}",
    ),
    "leaving the database": (
        "COPY (SELECT 1) TO PROGRAM 'true'", "COPY (SELECT 1) TO '/dev/null'", "COPY inbox (event_id) FROM '/dev/null'",
        "SELECT pg_read_file('/etc/hostname')", "SELECT pg_ls_dir('/')", "SELECT lo_import('/etc/hostname')",
        "SELECT pg_stat_file('/etc/hostname')",
    ),
    "turning locks off": (
        "SET session_replication_role = replica", "SELECT pg_reload_conf()",
        "ALTER ROLE {service}_owner SET search_path = mine",
        "ALTER DATABASE {database} SET search_path = mine", "DROP OWNED BY {service}_owner", "DROP SCHEMA public CASCADE",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {service}_owner GRANT ALL ON TABLES TO PUBLIC",
        "ALTER POLICY store_scope ON state_history USING (true)", "DROP POLICY store_scope ON state_history",
        "CREATE POLICY mine ON state_history USING (true)", "ALTER FUNCTION keep_outbox_partitions() SECURITY INVOKER",
        "DROP FUNCTION keep_outbox_partitions()",
    ),
}  # fmt: skip
ON_THE_SERVER = ("CREATE DATABASE mine", "ALTER SYSTEM SET work_mem = '4MB'", "DROP DATABASE {database}")
"""What is possible outside of a transaction only."""
ON_EACH_TABLE = (
    "TRUNCATE {table}", "DROP TABLE {table} CASCADE", "ALTER TABLE {table} ADD COLUMN mine int",
    "ALTER TABLE {table} RENAME TO mine", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} DISABLE TRIGGER ALL", "ALTER TABLE {table} OWNER TO {service}", "CREATE INDEX ON {table} ((1))",
    "CREATE RULE mine AS ON INSERT TO {table} DO NOTHING",
    "CREATE TRIGGER mine AFTER INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
)  # fmt: skip


def neighbour(service: str) -> str:
    """Another service."""
    return next(other for other in SERVICES if other != service)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("deed", ANYWHERE)
async def test_a_service_works_with_rows_and_with_nothing_else(conf: Settings, service: str, deed: str) -> None:
    words = {"service": service, "other": neighbour(service), "database": conf.database(service)}
    async with as_role(service, service, conf) as connection:
        statements = [statement.format(**words) for statement in ANYWHERE[deed]]
        assert [one for one in statements if not await refused(connection, one)] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_has_no_say_about_the_server(conf: Settings, service: str) -> None:
    async with as_role(service, service, conf) as connection:
        for statement in ON_THE_SERVER:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement.format(database=conf.database(neighbour(service))))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_changes_no_table_and_empties_none(conf: Settings, service: str) -> None:
    """Partitions of the outbox too: only the owner's own function drops an old one."""
    async with as_role(service, service, conf) as connection:
        tables = await names(connection, WHOLE)
        assert any(table.startswith("outbox_2") for table in tables)
        allowed = [
            statement
            for table in sorted(tables)
            for statement in (one.format(table=table, service=service) for one in ON_EACH_TABLE)
            if not await refused(connection, statement)
        ]
    assert allowed == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_enters_no_database_but_its_own(conf: Settings, service: str) -> None:
    """Nor does its owner; nor are the server's own databases open."""
    others = [*(conf.database(other) for other in SERVICES if other != service), "postgres", "template1"]
    entered = []
    for role in (service, f"{service}_owner"):
        for database in others:
            try:
                connection = await asyncpg.connect(conf.postgres_url(role, database), timeout=30)
            except asyncpg.InsufficientPrivilegeError:
                continue
            entered.append((role, database))
            await connection.close()
    assert entered == []
