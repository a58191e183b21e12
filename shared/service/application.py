"""One service as one ASGI app: its routes behind doors, its hearing, relay and schedule in one lifespan."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from re import Pattern
from typing import Any, Protocol

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import compile_path

from shared import logs, telemetry
from shared.database import Database
from shared.events import Event
from shared.inbox import Hearing, Hears
from shared.relay import Relay
from shared.schedule import DueWork, Schedule
from shared.service.bodies import Bodies, Raw
from shared.service.door import Allows, Public
from shared.service.health import Health, probes
from shared.service.idempotency import Replayed
from shared.service.problems import RESPONSES, Problem, answer_problems
from shared.service.requests import Requests
from shared.settings import Settings, settings

log = structlog.get_logger("service")
DOCUMENTS = frozenset({"/openapi.json", "/docs", "/docs/oauth2-redirect"})
UNKNOWN_ROUTE = "(unknown)"
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Made anew for each intended effect; repeating a request with its key repeats its answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


class Work(Protocol):
    """Something that works in the background between start() and stop(); `alive` is False once it died."""

    @property
    def alive(self) -> bool: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


Beside = Callable[[FastAPI, Database, Settings], Work]
"""Makes further background work of a service, which stops before the relay."""


class DoorMissing(Exception):
    """A route has no `allows(...)` and no `public(...)`: nobody has decided who may use it."""


def service(
    name: str,
    router: APIRouter,
    hears: Mapping[type[Event], Hears],
    *,
    due: Sequence[DueWork] = (),
    beside: Sequence[Beside] = (),
) -> FastAPI:
    """The service's app.  Its HTTP side works without a broker; `due` is its scheduled work.

    DoorMissing when a route says neither `allows` nor `public`.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        conf = settings()
        logs.set_up(name, conf)
        telemetry.set_up(name, conf)
        relay = Relay(name, conf)
        database = Database.connect(name, conf, outlet=relay.feed)
        hearing = Hearing(name, hears, database, relay, conf)
        works: list[Work] = [
            relay,
            Schedule(name, due, database, conf),
            *(make(app, database, conf) for make in beside),
            hearing,
        ]
        health = Health(name, conf, database, works, connected=lambda: relay.connected or hearing.running)
        app.state.database, app.state.relay, app.state.hearing, app.state.health = database, relay, hearing, health
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            for work in works:
                stack.push_async_callback(work.stop)
                await work.start()
            stack.callback(_leave, health)
            log.info("started")
            yield

    app = FastAPI(
        title=f"Loop4S {name}",
        version=version("loop4s"),
        lifespan=lifespan,
        redoc_url=None,
        responses=RESPONSES,
        separate_input_output_schemas=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours follow a trace through the outbox
    )
    app.include_router(router)
    app.include_router(probes(lambda: app.state.health))
    routes = list(iter_route_contexts(app.routes))
    for route in routes:
        _check(route)
    templates: dict[object, str] = {route.endpoint: route.path or UNKNOWN_ROUTE for route in routes if route.endpoint}
    answer_problems(app)
    app.add_exception_handler(Replayed, _replay)
    app.add_middleware(Bodies, files=_files(routes))
    app.add_middleware(Requests, service=name, route_of=lambda endpoint: templates.get(endpoint, UNKNOWN_ROUTE))
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def _leave(health: Health) -> None:
    health.stopping = True
    log.info("stopping")


async def _replay(_: Request, answered: Exception) -> Response:
    assert isinstance(answered, Replayed)
    return answered.response


def doors(route: RouteContext) -> list[Allows | Public]:
    """The doors of one route, its own and those of the routers around it."""
    dependant: Dependant | None = getattr(route, "dependant", None)
    return [call for call in _calls(dependant) if isinstance(call, Allows | Public)] if dependant else []


def _files(routes: Sequence[RouteContext]) -> dict[Pattern[str], int]:
    """The addresses whose routes take a file, and how large it may be."""
    found: dict[Pattern[str], int] = {}
    for route in routes:
        dependant: Dependant | None = getattr(route, "dependant", None)
        for call in _calls(dependant) if dependant else ():
            if isinstance(call, Raw):
                found[compile_path(route.path or "")[0]] = call.largest
    return found


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def _check(route: RouteContext) -> None:
    if route.path not in DOCUMENTS and len(doors(route)) != 1:
        raise DoorMissing(f"{sorted(route.methods or ())} {route.path} needs one allows(...) or public(...)")


def _document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI with the headers that doors ask for and the form of problems."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {}) | {"Problem": problem}
        for path in document["paths"].values():
            if "post" in path and path["post"].get("security"):
                path["post"].setdefault("parameters", []).append(KEY_PARAMETER)
        app.openapi_schema = document
    return app.openapi_schema
