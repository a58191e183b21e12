"""Structured logs: one JSON object (or line of text) per event, with its cause, and without personal data."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from shared import telemetry
from shared.cause import Cause, cause
from shared.database import ALL_STORES
from shared.events.envelope import Malformed
from shared.refusal import NotYet, Refused
from shared.settings import MissingSetting, Settings

PERSONAL = frozenset(
    {
        "address", "answers", "body", "complaint", "contact", "customer", "customer_name", "email", "id_no", "name",
        "openid", "payload", "phone", "plate", "plate_no", "signature", "text", "token", "vin", "words",
    }
)  # fmt: skip
"""Keys that are dropped from every line, whatever they hold."""

FRAMES = 15
Line = MutableMapping[str, Any]


def set_up(service: str, settings: Settings, to: TextIO | None = None) -> None:
    """Send everything that is logged in this process, by us or by libraries, to stderr (or `to`) in one form."""

    def stamp(_: Any, __: str, line: Line) -> Line:
        line.setdefault("service", service)
        return line

    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _because,
        _without_personal_data,
        _failure,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)
    )
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, stamp, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
    logging.getLogger("uvicorn.access").disabled = True  # it prints addresses with their query strings
    for name in ("aio_pika", "aiormq", "faststream", "httpx", "httpcore", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _because(_: Any, __: str, line: Line) -> Line:
    """Add what is being worked on, where a door was passed."""
    try:
        because = cause()
    except LookupError:
        because = None
    if because is not None:
        line.setdefault("event_id", str(because.id))
        line.setdefault("actor", because.actor)
        if because.stores != (ALL_STORES,):
            line.setdefault("store", ",".join(because.stores))
        if because.correlation is not None:
            line.setdefault("ro_id", str(because.correlation))
    if (trace_id := telemetry.trace_id() or _trace_of(because)) is not None:
        line.setdefault("trace_id", trace_id)
    return line


def _trace_of(because: Cause | None) -> str | None:
    """The trace's id out of the cause's `traceparent` (version-trace-span-flags), where no span is open."""
    parts = (because.traceparent or "").split("-") if because is not None else []
    return parts[1] if len(parts) == 4 else None


def _without_personal_data(_: Any, __: str, line: Line) -> Line:
    for key in PERSONAL & line.keys():
        del line[key]
    return line


def _failure(_: Any, __: str, line: Line) -> Line:
    """Turn an exception into its class, reason and places; values of variables and SQL never get into a log."""
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line.setdefault("error", type(error).__qualname__)
        line.setdefault("reason", _reason(error))
        line["at"] = _places(error.__traceback__)
        if (source := error.__cause__ or error.__context__) is not None:
            line["from"] = f"{type(source).__qualname__}: {_reason(source)}"
    return line


OUR_WORDS = (Refused, NotYet, Malformed, MissingSetting)
"""Errors whose text is ours and holds no values; any other's (a KeyError's key) may be somebody's plate."""


def _reason(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors()[:10])
    if isinstance(error, DBAPIError):
        return _reason(error.orig) if error.orig is not None else ""
    if (state := getattr(error, "sqlstate", None)) is not None:
        table, constraint = getattr(error, "table_name", None), getattr(error, "constraint_name", None)
        return " ".join(filter(None, (f"SQLSTATE {state}", table, constraint)))
    return str(error)[:500] if isinstance(error, OUR_WORDS) else ""


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    frames = traceback.StackSummary.from_list([*ours, *frames[-3:]][-FRAMES:])
    return [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
