"""Every no in one form: RFC 9457 problem+json, with a stable code and never an echo of the input."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from shared.database import sqlstate, transient
from shared.identity import NotIdentified
from shared.refusal import Invalid, Refused

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field; `loc` leads to it, e.g. ["body", "lines", 0, "amount_fen"]."""

    loc: list[str | int]
    type: str
    msg: str


class Problem(BaseModel):
    """A refused or failed request.  `code` is stable; `parameters` are the figures behind `detail`; `instance` names this
    one occurrence in the service's log."""

    type: str = Field(examples=["urn:loop4s:problem:stale"])
    title: str
    status: int
    detail: str
    instance: str
    code: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    errors: list[FieldProblem] = Field(default_factory=list)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    request_id: UUID,
    parameters: dict[str, Any] | None = None,
    errors: Sequence[FieldProblem] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """The answer for one problem."""
    told = Problem(
        type=f"urn:loop4s:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=f"urn:uuid:{request_id}",
        code=code,
        parameters=parameters or {},
        errors=list(errors),
    )
    return Response(told.model_dump_json(), status, headers, MEDIA_TYPE)


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 409, 412, 413, 422, 428, 503)
}
"""What every route may answer besides its own, for the OpenAPI document."""


def answer_problems(app: FastAPI) -> None:
    """Make the app answer everything it raises as a problem; what is not known here ends as a 500 in the outermost layer."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(NotIdentified, _not_identified)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    for kind in (exc.SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError, TimeoutError):
        app.add_exception_handler(kind, _database)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    request.state.why = error.code
    errors = (
        [FieldProblem(loc=[*error.field.split(".")], type=error.code, msg=error.detail)] if isinstance(error, Invalid) else []
    )
    return problem(
        error.status,
        error.code,
        error.detail,
        request_id=request.state.request_id,
        parameters=error.parameters,
        errors=errors,
    )


async def _not_identified(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotIdentified)
    request.state.why = error.reason
    challenge = 'Bearer error="invalid_token"' if "authorization" in request.headers else "Bearer"
    return problem(
        401,
        "not_identified",
        "A valid access token is needed.",
        request_id=request.state.request_id,
        headers={"WWW-Authenticate": challenge},
    )


_WITHOUT_INPUT = {
    "uuid_parsing": "Input should be a valid UUID",
    "union_tag_invalid": "Input should name one of the allowed kinds",
    "json_invalid": "Body should be valid JSON",
}
"""Pydantic's own texts for these quote what came in."""


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldProblem(loc=list(each["loc"]), type=each["type"], msg=_WITHOUT_INPUT.get(each["type"], each["msg"]))
        for each in error.errors()[:50]
    ]
    return invalid(request.state.request_id, errors)


def invalid(request_id: UUID, errors: Sequence[FieldProblem]) -> Response:
    """422 naming the fields."""
    return problem(
        422, "invalid_request", "The request has fields that cannot be accepted.", request_id=request_id, errors=errors
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    return problem(
        status,
        status.name.lower(),
        f"{status.phrase}.",
        request_id=request.state.request_id,
        headers=dict(error.headers or {}),
    )


async def _database(request: Request, error: Exception) -> Response:
    request_id, state = request.state.request_id, sqlstate(error) or ""
    request.state.why = f"{type(error).__name__} {state}".strip()
    if isinstance(error, exc.NoResultFound):
        return problem(404, "not_found", "No such resource.", request_id=request_id)
    if isinstance(error, StaleDataError):
        return problem(412, "stale", "The resource was changed meanwhile; read it again.", request_id=request_id)
    if state in ("23505", "23P01"):  # unique, exclusion
        return problem(409, "conflict", "Somebody else made the same thing at the same time.", request_id=request_id)
    if state.startswith("22") or (isinstance(error, exc.DBAPIError) and isinstance(error.orig, exc.DataError)):
        return problem(422, "invalid_request", "A value is outside of what can be stored.", request_id=request_id)
    if transient(error):
        return busy(request_id)
    raise error


def busy(request_id: UUID) -> Response:
    """503: nothing is wrong with the request, the same one may be sent again."""
    detail = "The service is busy; send the same request again."
    return problem(503, "busy", detail, request_id=request_id, headers={"Retry-After": "1"})
