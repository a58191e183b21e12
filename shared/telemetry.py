"""What a running service tells its operators: Prometheus metrics and OpenTelemetry traces.

Every label is bounded: no ids, plates, routing keys or error texts.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram

from shared.settings import Settings

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

OUTBOX_PENDING = Gauge("loop4s_outbox_pending", "Announced facts that the broker has not confirmed yet", ["service"])
OUTBOX_OLDEST_AGE = Gauge("loop4s_outbox_oldest_age_seconds", "Age of the oldest unconfirmed fact", ["service"])
OUTBOX_PUBLISHED = Counter("loop4s_outbox_published", "Facts confirmed by the broker", ["service", "event_type"])
OUTBOX_FAILURES = Counter("loop4s_outbox_failures", "Publishing attempts that were not confirmed", ["service", "reason"])
"""`reason`: unroutable, nacked, refused, timeout, connection."""
RELAY_LEADER = Gauge("loop4s_relay_leader", "1 where this process sends the service's outbox", ["service"])

INBOX_HANDLED = Counter("loop4s_inbox_handled", "Heard facts whose effect was committed", ["service", "event_type"])
INBOX_DUPLICATES = Counter("loop4s_inbox_duplicates", "Heard facts dropped as known", ["service", "event_type"])
INBOX_HANDLE_SECONDS = Histogram("loop4s_inbox_handle_seconds", "Time of one inbox transaction", ["service"], buckets=_SECONDS)
INBOX_BATCH_SIZE = Histogram(
    "loop4s_inbox_batch_size", "Facts per inbox transaction", ["service"], buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
EVENT_AGE = Histogram(
    "loop4s_event_age_seconds",
    "From announcing a fact to its committed effect",
    ["service"],
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
INBOX_RETRIES = Counter("loop4s_inbox_retries", "Facts put on a rung of the retry ladder", ["service", "rung"])
INBOX_DEAD = Counter("loop4s_inbox_dead", "Facts put among the dead letters", ["service", "event_type", "reason"])
CONSUMER_RUNNING = Gauge("loop4s_consumer_running", "1 while the service hears its queue", ["service"])

HTTP_DURATION = Histogram(
    "http_server_request_duration_seconds",
    "Duration of HTTP requests",
    ["service", "route", "method", "status_class"],
    buckets=_SECONDS,
)

_TRACER = trace.get_tracer("loop4s")
_W3C = TraceContextTextMapPropagator()


_collected = False


def set_up(service: str, settings: Settings) -> None:
    """Give this process its tracer; spans are exported only where `otlp_endpoint` (the collector's
    base URL, OTLP over HTTP) is set.  Once per process."""
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    global _collected
    _collected = settings.otlp_endpoint is not None
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.namespace": "loop4s"}))
    if settings.otlp_endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)


def current_traceparent() -> str | None:
    """The W3C `traceparent` of the current span, to be stored with what it causes; None outside of any span."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def processing(fact: str, traceparent: str | None) -> Iterator[str | None]:
    """Around the handling of one heard fact; gives the traceparent of all that it causes.  Where nobody collects spans none
    is made, and the speaker's trace simply goes on."""
    if not _collected:
        yield traceparent
        return
    with span(f"process {fact}", traceparent):
        yield current_traceparent() or traceparent


def trace_id() -> str | None:
    """The current trace's id in 32 hex digits, None outside of any span."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


@contextmanager
def span(
    name: str, traceparent: str | None = None, links: Iterable[str] = (), kind: SpanKind = SpanKind.INTERNAL
) -> Iterator[Span]:
    """A span around the block: child of `traceparent` (of the current span when None), linked to other traceparents.
    Malformed traceparents are ignored, as W3C asks."""
    parent = _W3C.extract({"traceparent": traceparent}) if traceparent else None
    others = [trace.get_current_span(_W3C.extract({"traceparent": link})).get_span_context() for link in links]
    linked = [Link(other) for other in others if other.is_valid]
    with _TRACER.start_as_current_span(name, context=parent, links=linked, kind=kind) as opened:
        yield opened
