"""Every route of every service against every kind of caller: the table of permissions is what happens."""

import importlib
import re
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from shared.identity import issue_token
from shared.permissions import ACTIONS, ROLES
from shared.service.application import DOCUMENTS, doors
from shared.service.door import Allows, Public
from shared.settings import SERVICES
from tests.callers import called_by, calling, once, seen
from tests.databases import migrated_database
from tests.stack import Stack

LOOP = tuple(service for service in SERVICES if service != "console")
PUBLIC = {"/livez", "/readyz", "/metrics"}


@dataclass(frozen=True)
class Route:
    """One way in: a method, an address with made-up ids, and the action that the table must allow."""

    method: str
    path: str
    template: str
    action: str


def routes_of(app: FastAPI) -> list[Route]:
    """All routes behind `allows`; the walk fails where a route has neither `allows` nor `public`."""
    found = []
    for route in iter_route_contexts(app.routes):
        if route.path in DOCUMENTS:
            continue
        (door,) = doors(route)
        if isinstance(door, Public):
            assert route.path in PUBLIC, f"{route.path} is open to everybody"
            continue
        assert isinstance(door, Allows)
        template = str(route.path)
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda match: "sh01" if match[1] == "store_id" else str(uuid4()), template)
        found += [Route(method, path, template, door.action) for method in sorted(route.methods or ())]
    return found


def the_app(service: str) -> FastAPI:
    app = importlib.import_module(f"services.{service}.app").app
    assert isinstance(app, FastAPI)
    return app


async def knock(door: httpx.AsyncClient, route: Route, headers: dict[str, str]) -> int:
    """The status that a caller gets who sends an empty body."""
    body: dict[str, str] | None = None if route.method in ("GET", "DELETE") else {}
    return (await door.request(route.method, route.path, json=body, headers=headers | once() | seen(0))).status_code


@pytest.mark.parametrize("service", LOOP)
async def test_the_table_of_permissions_is_what_happens(stack: Stack, service: str) -> None:
    """Nobody and expired tokens get 401, a role without the action 403, a role with it never either, nor a defect."""
    routes = routes_of(the_app(service))
    expired = {"Authorization": f"Bearer {issue_token('lin.wei', {'*': sorted(ROLES)}, seconds=-60)}"}
    differences = []
    async with migrated_database(service, stack), calling(the_app(service)) as door:
        for route in routes:
            for name, headers in (("nobody", {}), ("expired", expired)):
                if (status := await knock(door, route, headers)) != 401:
                    differences.append((route.method, route.template, name, status))
            for role in sorted(ROLES):
                status = await knock(door, route, called_by(role))
                right = status not in (401, 403) and status < 500 if role in ACTIONS[route.action].roles else status == 403
                if not right:
                    differences.append((route.method, route.template, role, status))
    assert routes
    assert differences == []


@pytest.mark.parametrize("service", LOOP)
async def test_something_unknown_is_not_found_for_any_store(stack: Stack, service: str) -> None:
    """A made-up id and a store that is not the caller's answer 404 to every GET that names one."""
    answers = {}
    async with migrated_database(service, stack), calling(the_app(service)) as door:
        for route in routes_of(the_app(service)):
            if route.method == "GET" and route.path != route.template and "{store_id}" not in route.template:
                roles = sorted(ACTIONS[route.action].roles)
                answers[route.template] = await knock(door, route, called_by(*roles, store="sh02"))
    assert {template: status for template, status in answers.items() if status != 404} == {}


@pytest.mark.parametrize("service", LOOP)
def test_the_walk_sees_every_route_of_the_document(service: str) -> None:
    app = the_app(service)
    documented = {
        (method.upper(), path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
        if method != "parameters"
    }
    assert documented == {(route.method, route.template) for route in routes_of(app)}


def test_every_action_of_the_loop_is_behind_a_route() -> None:
    used = {route.action for service in LOOP for route in routes_of(the_app(service))}
    assert {action for action in ACTIONS if action.partition(".")[0] in LOOP} - used == set()
