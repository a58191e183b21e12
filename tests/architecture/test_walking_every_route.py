"""Every route of every service against every kind of caller: the table of permissions is what happens."""

import asyncio
import importlib
import re
from dataclasses import dataclass
from typing import get_args
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from services.console.access import by_session
from services.console.commands import KeepUser
from services.console.upkeep import make_users
from shared.identity import issue_token
from shared.permissions import ACTIONS, ROLES, Role
from shared.service.application import DOCUMENTS, doors
from shared.service.door import Allows, Public
from shared.settings import SERVICES
from tests.callers import called_by, calling, once, seen
from tests.databases import migrated_database
from tests.stack import Stack

LOOP = tuple(service for service in SERVICES if service != "console")
PUBLIC = {"/livez", "/readyz", "/metrics"}
WAY_IN = {"/", "/login", "/logout", "/static/{name}"}
"""Of the console, open to everybody."""
DISCLOSED = {"/stores/{store_id}/menu"}
"""Of the loop's services, what the public must be able to read."""


@dataclass(frozen=True)
class Route:
    """One way in: a method, an address with made-up ids, and the action that the table must allow."""

    method: str
    path: str
    template: str
    action: str
    page: bool
    """Opened by a session, which a token is not."""

    @property
    def streams(self) -> bool:
        """Whether the answer goes on until somebody ends it."""
        return self.template.endswith("/stream")

    def expects(self, role: str) -> bool:
        """Whether the table lets this role in."""
        return role in ACTIONS[self.action].roles


def routes_of(app: FastAPI) -> list[Route]:
    """All routes behind `allows`; the walk fails where a route has neither `allows` nor `public`."""
    found = []
    for route in iter_route_contexts(app.routes):
        if route.path in DOCUMENTS:
            continue
        (door,) = doors(route)
        if isinstance(door, Public):
            assert route.path in PUBLIC | WAY_IN | DISCLOSED, f"{route.path} is open to everybody"
            continue
        assert isinstance(door, Allows)
        template = str(route.path)
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda match: "sh01" if match[1] == "store_id" else str(uuid4()), template)
        page = any(given.call is by_session for given in getattr(route, "dependant").dependencies)  # noqa: B009
        found += [Route(method, path, template, door.action, page) for method in sorted(route.methods or ())]
    return found


def the_app(service: str) -> FastAPI:
    app = importlib.import_module(f"services.{service}.app").app
    assert isinstance(app, FastAPI)
    return app


async def knock(app: FastAPI, door: httpx.AsyncClient, route: Route, headers: dict[str, str]) -> int:
    """The status that a caller gets who sends an empty body."""
    if route.streams:
        return await opened(app, door, route, headers)
    body: dict[str, str] | None = None if route.method in ("GET", "DELETE") else {}
    return (await door.request(route.method, route.path, json=body, headers=headers | once() | seen(0))).status_code


@pytest.mark.parametrize("service", SERVICES)
async def test_the_table_of_permissions_is_what_happens(stack: Stack, service: str) -> None:
    """Nobody and expired tokens get 401, a role without the action 403, a role with it never either, nor a defect."""
    app = the_app(service)
    routes = routes_of(app)
    expired = {"Authorization": f"Bearer {issue_token('lin.wei', {'*': sorted(ROLES)}, seconds=-60)}"}
    differences = []
    async with migrated_database(service, stack), calling(app) as door:
        for route in routes:
            for name, headers in (("nobody", {}), ("expired", expired)):
                if (status := await knock(app, door, route, headers)) != 401:
                    differences.append((route.method, route.template, name, status))
            for role in sorted(ROLES):
                status = await knock(app, door, route, called_by(role))
                right = status not in (401, 403) and status < 500 if route.expects(role) else status == 403
                if not (status == 401 if route.page else right):
                    differences.append((route.method, route.template, role, status))
    assert routes
    assert differences == []


async def test_the_pages_of_the_console_open_to_the_roles_of_the_table(stack: Stack) -> None:
    """To who is logged in with the role; everybody else is refused, streams included."""
    app = the_app("console")
    pages = [route for route in routes_of(app) if route.page]
    differences = []
    async with migrated_database("console", stack) as database, calling(app) as door:
        users = [KeepUser(name=f"only.{role}", password=f"only.{role}", grants={"sh01": [role]}) for role in get_args(Role)]
        await make_users(database, users)
        for user in users:
            door.cookies.clear()
            form = {"name": user.name, "password": user.password}
            assert (await door.post("/login", data=form, headers={"Origin": str(door.base_url)})).status_code == 303
            (role,) = user.grants["sh01"]
            for page in pages:
                if (status := await opened(app, door, page)) != (200 if page.expects(role) else 403):
                    differences.append((page.template, role, status))
    assert pages
    assert differences == []


async def opened(app: FastAPI, door: httpx.AsyncClient, page: Route, headers: dict[str, str] | None = None) -> int:
    """The status of a page's answer; a stream is ended as soon as it has begun."""
    async with asyncio.timeout(20):
        asked = asyncio.create_task(door.get(page.path, headers=headers))
        while not asked.done():
            app.state.board.close()
            await asyncio.sleep(0.01)
    return (await asked).status_code


@pytest.mark.parametrize("service", LOOP)
async def test_something_unknown_is_not_found_for_any_store(stack: Stack, service: str) -> None:
    """A made-up id and a store that is not the caller's answer 404 to every GET that names one."""
    answers, app = {}, the_app(service)
    async with migrated_database(service, stack), calling(app) as door:
        for route in routes_of(app):
            if route.method == "GET" and route.path != route.template and "{store_id}" not in route.template:
                roles = sorted(ACTIONS[route.action].roles)
                answers[route.template] = await knock(app, door, route, called_by(*roles, store="sh02"))
    assert {template: status for template, status in answers.items() if status != 404} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_the_walk_sees_every_route_of_the_document(service: str) -> None:
    app = the_app(service)
    documented = {
        (method.upper(), path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
        if method != "parameters" and path not in DISCLOSED
    }
    assert documented == {(route.method, route.template) for route in routes_of(app) if not route.page}


def test_every_action_is_behind_a_route() -> None:
    used = {route.action for service in SERVICES for route in routes_of(the_app(service))}
    assert ACTIONS.keys() - used == set()
