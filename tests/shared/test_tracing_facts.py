"""What a hearer does is a span in the trace of who spoke, and what it says goes on in it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared import telemetry
from tests.databases import as_role
from tests.shared.turnstile import SERVICE, GateCounted, PersonPassed, World, a_passage, a_world, until
from tests.stack import Stack

TRACE, SPEAKER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with a_world(stack) as made:
        yield made


@pytest.fixture
def spans(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Spans are collected: every one that ends during the test."""
    telemetry.set_up(SERVICE, stack.settings)
    monkeypatch.setattr(telemetry, "_collected", True)
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


async def test_a_heard_fact_is_worked_on_in_the_trace_of_its_speaker(world: World, spans: InMemorySpanExporter) -> None:
    """And what is said because of it names the span of that work, in the outbox as on the wire."""
    async with world.running():
        await world.said(a_passage(traceparent=f"00-{TRACE}-{SPEAKER}-01"))
        await until(lambda: _arrived(world))
    (work,) = [span for span in spans.get_finished_spans() if span.name == f"process {PersonPassed.type}"]
    assert work.context is not None and work.parent is not None
    assert (f"{work.context.trace_id:032x}", f"{work.parent.span_id:016x}") == (TRACE, SPEAKER)

    ours = f"00-{TRACE}-{work.context.span_id:016x}-01"
    async with as_role(f"{SERVICE}_owner", SERVICE, world.settings) as owner:
        kept = await owner.fetchval("SELECT headers ->> 'traceparent' FROM outbox WHERE type = $1", GateCounted.type)
    assert kept == ours
    assert await _heard(world) == ours


async def test_a_fact_without_a_trace_begins_one(world: World, spans: InMemorySpanExporter) -> None:
    async with world.running():
        await world.said(a_passage())
        await until(lambda: _arrived(world))
    (work,) = [span for span in spans.get_finished_spans() if span.name == f"process {PersonPassed.type}"]
    assert work.context is not None and work.parent is None


async def test_a_trace_goes_on_where_nobody_collects_spans(world: World) -> None:
    sent = f"00-{TRACE}-{SPEAKER}-01"
    async with world.running():
        await world.said(a_passage(traceparent=sent))
        await until(lambda: _arrived(world))
    assert await _heard(world) == sent


async def _arrived(world: World) -> bool:
    return await world.depth("reception") >= 1


async def _heard(world: World) -> object:
    """The trace that came with the next fact for reception."""
    async with world.channel() as channel:
        message = await (await channel.get_queue("reception", ensure=False)).get()
    assert message is not None
    return message.headers["traceparent"]
