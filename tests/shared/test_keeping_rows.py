"""What a service's role may do to rows: ledgers and the journal only grow, and rows of a store need its name."""

import pytest

from shared.database import new_id
from shared.settings import SERVICES, Settings
from tests.databases import as_role
from tests.shared.roles import TABLES, WHOLE, names, refused

READ_ONLY = {"alembic_version", "speaker"}
APPEND_ONLY = {
    "reception": {
        "estimates",
        "estimate_lines",
        "authorisations",
        "line_decisions",
        "signatures",
        "consents",
        "inquiries",
        "photos",
        "walk_arounds",
        "dispute_notes",
        "timeline_entries",
        "payer_changes",
        "invoice_lines",
        "credit_notes",
        "credit_note_lines",
        "refunds",
        "package_cards",
        "transfers",
        "transfer_legs",
    },
    "workshop": {
        "inspections",
        "job_checks",
        "clock_corrections",
        "dispatches",
        "maintenances",
        "bulletin_editions",
        "bulletin_uses",
        "findings",
        "finding_proposals",
        "notes",
        "sheet_photos",
        "checklists",
        "round_answers",
        "finding_steps",
        "waste_handovers",
    },
    "parts": {"goods_receipts", "stock_movements"},
    "followup": {"survey_attempts"},
    "claims": {"claim_payments"},
    "console": {"facts"},
}
"""Ledgers, beside those of every service."""
NOTED = {
    "reception": {
        "repair_order_lines": {
            "payers", "deductible_fen", "unit_price_fen", "amount_fen", "withdrawn_at", "withdrawn_because",
            "list_price_fen", "discount_bp", "price_list_id", "package_amount_fen", "fee_fen", "cost_fen", "commission_fen",
            "completed_at", "completed_by", "document_no",
        },
        "payments": {"refunded_fen"},
    },
}  # fmt: skip
"""Rows that stay for good, and the columns in which is noted what became of them; what was agreed stays in authorisations."""
LIKE_POLICIES = {"policies", "packages", "bulletins", "bulletin_editions", "checklists"}
"""All stores see the group's rows, which only who acts for all stores may write."""
APPEND_ONLY_EVERYWHERE = {"state_history", "policies"}
WITHOUT_ROW_SECURITY = {
    "reception": {
        "customers",
        "vehicles",
        "customer_complaints",
        "vehicle_flags",
        "contacts",
        "consents",
        "vehicle_owners",
        "vehicle_visits",
        "incomplete_files",
        "customer_accounts",
        "deferred_items",
        "operations",
        "members",
        "holdings",
        "package_cards",
        "transfers",
        "transfer_legs",
    },
    "workshop": {"vehicles"},
    "parts": {"parts"},
    "followup": {"contacts"},
    "claims": {"vehicles"},
    "console": {"vehicles", "users", "sessions", "failed_logins"},
}
"""What belongs to the whole group, beside the backbone of every service."""
BACKBONE = READ_ONLY | {"outbox", "inbox", "inbox_trials", "idempotency_keys"}


@pytest.mark.parametrize("service", SERVICES)
async def test_ledgers_are_only_added_to(conf: Settings, service: str) -> None:
    """Update and delete are refused on the ledgers, and on no other table."""
    frozen = READ_ONLY | APPEND_ONLY_EVERYWHERE | APPEND_ONLY[service]
    async with as_role(service, service, conf) as connection:
        unchanging = f"SELECT relname FROM ({TABLES}) AS t WHERE NOT has_any_column_privilege(relname::text, 'UPDATE')"
        assert await names(connection, unchanging) == frozen
        lasting = f"SELECT relname FROM ({TABLES}) AS t WHERE NOT has_table_privilege(relname::text, 'DELETE')"
        stays = frozen | {"outbox"} | NOTED.get(service, {}).keys()
        assert await names(connection, lasting) == stays
        for table in sorted(stays):
            assert await refused(connection, f"DELETE FROM {table}"), table
        for table in sorted(READ_ONLY):
            assert await refused(connection, f"INSERT INTO {table} DEFAULT VALUES"), table
        assert not await refused(connection, "DELETE FROM inbox"), "what is no ledger may be tidied up"


@pytest.mark.parametrize("service", sorted(NOTED))
async def test_what_became_of_a_row_is_noted_in_its_own_columns_only(conf: Settings, service: str) -> None:
    async with as_role(service, service, conf) as connection:
        for table, columns in NOTED[service].items():
            of_table = f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND"
            assert await names(connection, f"{of_table} has_column_privilege('{table}', attname, 'UPDATE')") == columns


@pytest.mark.parametrize("service", SERVICES)
async def test_what_was_said_cannot_be_unsaid(conf: Settings, service: str) -> None:
    """The outbox is a journal: the relay notes what became of a fact; the fact stays as it is, and its partition shut."""
    async with as_role(service, service, conf) as connection:
        columns = "SELECT attname FROM pg_attribute WHERE attrelid = 'outbox'::regclass AND attnum > 0 AND"
        noted = await names(connection, f"{columns} has_column_privilege('outbox', attname, 'UPDATE')")
        assert noted == {"sent_at", "attempts", "retry_at", "last_error"}
        assert await refused(connection, "UPDATE outbox SET body = '{}'")
        partitions = await names(connection, f"{WHOLE} AND relispartition")
        assert len(partitions) > 10
        for partition in sorted(partitions):
            assert await refused(connection, f"SELECT * FROM {partition}"), partition
            assert await refused(connection, f"DELETE FROM {partition}"), partition


@pytest.mark.parametrize("service", SERVICES)
async def test_every_table_with_a_store_is_secured_by_rows(conf: Settings, service: str) -> None:
    """By the same policy for reading and writing (but for those of `LIKE_POLICIES`; one of them has a test of its own below);
    what is not secured belongs to the group and is listed here."""
    async with as_role(service, service, conf) as connection:
        tables = await names(connection, TABLES)
        secured = await names(connection, f"SELECT relname FROM pg_class WHERE relname IN ({WHOLE}) AND relrowsecurity")
        assert tables - secured == BACKBONE | WITHOUT_ROW_SECURITY[service]
        policies = await connection.fetch("SELECT tablename, cmd, permissive, roles, qual, with_check FROM pg_policies")
    assert {row["tablename"] for row in policies} == secured
    assert len(policies) == len(secured)
    usual = [row for row in policies if row["tablename"] not in LIKE_POLICIES]
    special = [row for row in policies if row["tablename"] in LIKE_POLICIES]
    assert len({(row["qual"], row["with_check"]) for row in special}) == 1
    assert len({(row["cmd"], row["permissive"], tuple(row["roles"]), row["qual"], row["with_check"]) for row in usual}) == 1
    assert (usual[0]["cmd"], usual[0]["with_check"]) == ("ALL", None)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_row_is_seen_or_written_before_the_stores_are_set(conf: Settings, service: str) -> None:
    written = "INSERT INTO state_history VALUES ($1, $2, 1, NULL, 'new', now(), 'user:test', $1)"
    async with as_role(service, service, conf) as unset, as_role(service, service, conf, **{"app.stores": "sh02"}) as ours:
        assert await refused(unset, written, new_id(), "sh02")
        assert await refused(ours, written, new_id(), "sh01")
        await ours.execute(written, new_id(), "sh02")
        assert await ours.fetchval("SELECT count(*) FROM state_history WHERE store_id = 'sh02'") > 0
        assert await unset.fetchval("SELECT count(*) FROM state_history") == 0
        assert await ours.fetchval("SELECT count(*) FROM state_history WHERE store_id <> 'sh02'") == 0
        async with ours.transaction():
            await ours.execute("SELECT set_config('app.stores', 'sh01', true)")
            assert await ours.fetchval("SELECT count(*) FROM state_history WHERE store_id = 'sh02'") == 0


@pytest.mark.parametrize("service", SERVICES)
async def test_the_groups_policies_are_seen_by_every_store_and_added_by_none(conf: Settings, service: str) -> None:
    """A store sees and adds its own policies only, and who set no stores sees none."""
    added = "INSERT INTO policies VALUES ($1, $2, $3, 1, now(), '{}', 'user:test', $1)"
    name = str(new_id())
    seen = "SELECT array_agg(store_id ORDER BY store_id) FROM policies WHERE name = $1"
    async with (
        as_role(service, service, conf) as unset,
        as_role(service, service, conf, **{"app.stores": "sh02,hz01,all"}) as ours,
        as_role(service, service, conf, **{"app.stores": "*"}) as everybody,
    ):
        for store in ("all", "sh01", "sh02"):
            assert await refused(unset, added, new_id(), store, name), store
            assert await refused(ours, added, new_id(), store, name) == (store != "sh02"), store
            await everybody.execute(added, new_id(), store, name)
        assert await everybody.fetchval(seen, name) == ["all", "sh01", "sh02"]
        assert await ours.fetchval(seen, name) == ["all", "sh02"]
        assert await unset.fetchval(seen, name) is None
