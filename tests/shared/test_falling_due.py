"""Due work: once for each row, whoever looks, and one bad row holds back no other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.cause import cause
from shared.database import Database
from shared.schedule import DueWork, Schedule
from tests.shared.turnstile import SERVICE, Nasty, Ticket, World, a_world, until
from tests.stack import Stack


async def punch(ticket: Ticket, session: AsyncSession) -> None:
    assert cause().id, "the cause is derived from the row"
    ticket.punched += 1
    if ticket.torn:
        raise Nasty


PUNCHING = DueWork("punch", Ticket, Ticket.due_at, lambda: Ticket.punched == 0, punch)


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with a_world(stack) as made:
        yield made


async def test_a_row_falls_due_once_whoever_looks(world: World) -> None:
    """Three processes and a clock that jumps: each ticket is punched once, never before its time."""
    opened = await _with_tickets(world, due=120, later=5)
    schedules = [Schedule(SERVICE, [PUNCHING], opened, world.settings) for _ in range(3)]
    with clock.stopped(clock.now() - timedelta(days=1)):
        assert await schedules[0].pass_over(PUNCHING) == 0
    for schedule in schedules:
        await schedule.start()
    await until(lambda: _punched(opened, 120))
    await asyncio.gather(*(schedule.stop() for schedule in schedules))
    async with opened.hearing.begin() as session:
        tickets = list(await session.scalars(select(Ticket)))
    assert sorted(ticket.punched for ticket in tickets) == [0] * 5 + [1] * 120
    await opened.close()


async def test_a_row_that_cannot_be_worked_on_holds_back_no_other(world: World) -> None:
    """The oldest ticket is torn; the others are punched all the same, and the torn one keeps its state."""
    opened = await _with_tickets(world, due=70, torn=1)
    schedule = Schedule(SERVICE, [PUNCHING], opened, world.settings)
    await schedule.start()
    await until(lambda: _punched(opened, 70))
    await schedule.stop()
    async with opened.hearing.begin() as session:
        (torn,) = list(await session.scalars(select(Ticket).where(Ticket.torn)))
    assert torn.punched == 0
    await opened.close()


async def _with_tickets(world: World, *, due: int, later: int = 0, torn: int = 0) -> Database:
    opened = world.database()
    now = clock.now()
    async with opened.hearing.begin() as session:
        session.add_all(Ticket(store_id="sh01", due_at=now - timedelta(hours=2), punched=0, torn=True) for _ in range(torn))
        session.add_all(Ticket(store_id="sh01", due_at=now - timedelta(minutes=n), punched=0, torn=False) for n in range(due))
        session.add_all(Ticket(store_id="sh01", due_at=now + timedelta(hours=1), punched=0, torn=False) for _ in range(later))
    return opened


async def _punched(opened: Database, tickets: int) -> bool:
    async with opened.hearing.begin() as session:
        return len(list(await session.scalars(select(Ticket).where(Ticket.punched > 0)))) == tickets
