"""Test sessions share servers: each has databases and a virtual host of its own."""

import asyncpg
import httpx
import pytest

from shared.settings import settings, stores
from tests.stack import Stack, session


async def test_a_session_finds_its_settings_and_stores(stack: Stack) -> None:
    assert settings() == stack.settings
    assert stores()["ny01"].time_zone == "America/New_York"
    assert settings().secret("database", "parts_owner")


async def test_a_second_session_leaves_no_database_and_no_virtual_host(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with session(stack.servers, tmp_path_factory.mktemp("second")) as second:
        assert second.settings.database("parts") != stack.settings.database("parts")
        await _as_admin(second, f'CREATE DATABASE "{second.settings.database("parts")}"')
        assert second.settings.vhost in await _vhosts(stack)
    assert second.settings.vhost not in await _vhosts(stack)
    assert (
        await _as_admin(stack, "SELECT 1 FROM pg_database WHERE datname LIKE $1", f"{second.settings.database_prefix}%") == []
    )
    assert settings() == stack.settings


async def _as_admin(stack: Stack, statement: str, *values: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(f"{stack.servers.postgres}/postgres")
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


async def _vhosts(stack: Stack) -> list[str]:
    async with httpx.AsyncClient(auth=stack.management_auth) as client:
        answer = await client.get(f"{stack.servers.management}/api/vhosts")
    return [vhost["name"] for vhost in answer.raise_for_status().json()]
