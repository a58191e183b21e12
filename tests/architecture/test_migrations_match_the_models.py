"""The schema that the migrations make is the one that the models describe."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import services
from tests.databases import migrated_database
from tests.stack import Stack

FOUND = sorted(env.parent.parent.name for env in Path(services.__file__).parent.glob("*/migrations/env.py"))
BACKBONE = {"alembic_version", "speaker", "inbox", "inbox_trials", "state_history", "idempotency_keys", "policies", "outbox"}
PARTITION = re.compile(r"_[0-9]{6}([0-9]{2})?$")
"""One of a day or of a month."""


def ours(table: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Tables of shared.migrations.backbone() may have no model (policies have one where there are any); nor have partitions."""
    without_model = reflected and (name in BACKBONE or PARTITION.search(str(name)))
    return kind != "table" or not without_model


@pytest.mark.parametrize("service", FOUND)
async def test_the_migrated_schema_is_the_one_of_the_models(service: str, stack: Stack) -> None:
    metadata = import_module(f"services.{service}.domain").Base.metadata

    def differences(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "include_object": ours, "target_metadata": metadata}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with migrated_database(service, stack) as database, database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
