"""Around every request: its id, its span, its one log line, its metrics, and the last resort when something breaks."""

import time
from collections.abc import Callable

import structlog
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import telemetry
from shared.database import new_id
from shared.service.problems import busy, problem

log = structlog.get_logger("http")
QUIET = frozenset({"/livez", "/readyz", "/metrics"})
MOST_AT_ONCE = 100
"""Requests that wait for their answer to begin; more are told to come again."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """Plain ASGI middleware, the outermost of ours.  `route_of(endpoint)` gives a route's template for logs and metrics, which
    never see the real address."""

    def __init__(self, app: ASGIApp, service: str, route_of: Callable[[object], str]) -> None:
        self.app, self.service, self.route_of = app, service, route_of
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, state = new_id(), scope.setdefault("state", {})
        state["request_id"] = request_id
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        status, began = 0, time.perf_counter()

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self.waiting -= 1
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = str(request_id)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        with telemetry.span(method, Headers(scope=scope).get("traceparent"), kind=SpanKind.SERVER) as span:
            self.waiting += 1
            try:
                crowded = self.waiting > MOST_AT_ONCE and scope["path"] not in QUIET
                await (busy(request_id) if crowded else self.app)(scope, receive, told)
            except Exception:
                log.exception("request failed", request_id=str(request_id), route=self._route(scope))
                if status:
                    raise
                await problem(500, "internal", "Something is broken here, not in your request.", request_id=request_id)(
                    scope, receive, told
                )
            finally:
                self.waiting -= 0 if status else 1
            route, seconds = self._route(scope), time.perf_counter() - began
            span.update_name(f"{method} {route}")
            span.set_attribute("http.response.status_code", status)
            telemetry.HTTP_DURATION.labels(
                service=self.service, route=route, method=method, status_class=f"{status // 100}xx"
            ).observe(seconds)
            if route not in QUIET:
                log.info(
                    "request",
                    request_id=str(request_id),
                    method=method,
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                    **{key: state[key] for key in ("actor", "why") if key in state},
                )

    def _route(self, scope: Scope) -> str:
        return self.route_of(scope.get("endpoint"))
