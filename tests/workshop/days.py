"""Days in a workshop, as luck has them: people, jobs and clocks, by a clock that the test moves."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.workshop.inbox import DUE
from shared import clock
from shared.cause import Cause, bound
from shared.database import new_id
from shared.events import About, Event
from shared.events.reception import AuthorisedLine, VehicleDelivered
from shared.schedule import Schedule
from shared.settings import settings
from tests.workshop.shop import Hand, Shop
from tests.workshop.words import (
    CAUSE,
    CORRECTION,
    a_labour_line,
    a_lending,
    a_part_line,
    a_taking_back,
    authorised_work,
    backordered,
    issued,
)

FIRST_SKILLS = ("engine", "paint", "body")
OPERATIONS = ("ENGINE-OIL", "PAINT-DOOR", "BODY-DENT")
REASONS = ("wait_parts", "wait_tool", "break", "other")
TABLES = ("technicians", "jobs", "authorised_orders", "attendances", "activities", "holds")


@dataclass
class Days:
    """What happens in one store from `now` on; every action takes some time."""

    shop: Shop
    luck: random.Random
    now: datetime
    hands: list[Hand] = field(default_factory=list)
    states: dict[UUID, str] = field(default_factory=dict)
    whose: dict[UUID, Hand] = field(default_factory=dict)
    lines: dict[UUID, list[UUID]] = field(default_factory=dict)
    cars: list[UUID] = field(default_factory=list)

    @contextmanager
    def moment(self) -> Iterator[None]:
        """A while later."""
        self.now += timedelta(milliseconds=self.luck.randint(1, 50 * 60_000))
        with self.at():
            yield

    @contextmanager
    def at(self) -> Iterator[None]:
        with clock.stopped(self.now), bound(Cause(new_id(), "user:test", (self.shop.store,))):
            yield

    async def hire(self) -> None:
        """People who can do everything, each of another trade."""
        with self.at():
            for first in FIRST_SKILLS:
                self.hands.append(await self.shop.a_hand(first, *FIRST_SKILLS))

    async def open(self, orders: int) -> None:
        """Cars with one to three jobs; some are promised anew later, some never were."""
        for _ in range(orders):
            with self.moment():
                ro, lines = new_id(), [self._line() for _ in range(self.luck.randint(1, 3))]
                served = [self.luck.choice(lines) for _ in range(self.luck.choice([0, 0, 1, 3]))]
                parts = [a_part_line(line.ro_line_id) for line in served]
                first = self.now + timedelta(hours=self.luck.randint(1, 90)) if self.luck.random() < 0.8 else None
                if not self.cars or self.luck.random() < 0.5:
                    self.cars.append(new_id())
                car = self.luck.choice(self.cars)
                opened = clock.day_in("America/New_York").isoformat()
                facts = [
                    authorised_work(
                        *lines, *parts, ro_id=ro, vehicle_id=car, store_id=self.shop.store, version=version
                    ).model_copy(update={"first_promised_at": first, "opened_on": opened})
                    for version in range(2, 2 + self.luck.randint(1, 2))
                ]
                await self.shop.hear(*facts, *(fact for part in parts for fact in self._waited_for(part, ro)))
                self.lines[ro] = [line.ro_line_id for line in lines]
                self.states |= dict.fromkeys(self.lines[ro], "ready")

    def _waited_for(self, part: AuthorisedLine, ro: UUID) -> list[Event]:
        """It was short for a while, and came."""
        began = self.now - timedelta(milliseconds=self.luck.randint(1, 60 * 3_600_000))
        came = began + (self.now - began) * self.luck.random()
        return [
            backordered(part, ro, store_id=self.shop.store).model_copy(update={"backordered_at": began}),
            issued(part, ro, store_id=self.shop.store).model_copy(update={"issued_at": came}),
        ]

    async def keep_waiting(self) -> None:
        """What lasts still when all is counted: a part that does not come, a car that its owner has, work that stands; and a
        car of two trades that was away for a while."""
        store = self.shop.store
        with self.moment():
            here, away = new_id(), new_id()
            engine, paint, body = (a_labour_line(op_code=op_code) for op_code in OPERATIONS)
            part = a_part_line(engine.ro_line_id)
            missing = backordered(part, here, store_id=store).model_copy(update={"backordered_at": self.now})
            await self.shop.hear(
                authorised_work(engine, paint, part, ro_id=here, store_id=store), missing,
                authorised_work(body, a_labour_line(op_code="ENGINE-BELT"), ro_id=away, store_id=store),
                a_lending(away, version=5, at=self.now, store_id=store),
            )  # fmt: skip
        with self.moment():
            await self.shop.hear(a_taking_back(away, version=6, at=self.now, store_id=store))
            await self.shop.hear(a_lending(here, version=5, at=self.now, store_id=store))
        with self.moment():
            hand = await self.shop.a_hand(*FIRST_SKILLS)
            await self.shop.dispatched(hand, body.ro_line_id)
            await self.shop.done(body.ro_line_id, "start", self._by(hand))
        with self.moment():
            await self.shop.done(body.ro_line_id, "pause", self._by(hand), {"reason": "wait_tool"})

    def _line(self) -> Any:
        flat = self.luck.choice([None, *(self.luck.randint(1, 4_000) for _ in range(6))])
        told = {"flat_hours_milli": flat, "amount_fen": self.luck.randint(1, 200_000)}
        return a_labour_line(op_code=self.luck.choice(OPERATIONS)).model_copy(update=told)

    async def go_on(self, steps: int) -> None:
        """So many steps of jobs that can take one, and cars that go when all is done."""
        for _ in range(steps):
            under_way = [job for jobs in self.lines.values() for job in jobs if self.states[job] != "completed"]
            if under_way:
                job = under_way[0] if self.luck.random() < 0.6 else self.luck.choice(under_way)
                with self.moment():
                    await self._step(job)
            for ro in [ro for ro, jobs in self.lines.items() if all(self.states[job] == "completed" for job in jobs)]:
                with self.moment():
                    await self.deliver(ro)

    async def _look(self) -> None:
        """What stands in the database: forgotten clocks are closed beside the steps that are taken here."""
        open_ones = [job for jobs in self.lines.values() for job in jobs]
        async with self.shop.database.hearing() as session:
            rows = await session.execute(text("SELECT id, state FROM jobs WHERE id = ANY(:ids)"), {"ids": open_ones})
            self.states |= {id: state for id, state in rows}  # noqa: C416

    async def _does(self, job: UUID, action: str, by: dict[str, str], body: dict[str, Any] | None = None) -> None:
        """Unless somebody's forgotten clock was closed in this very moment."""
        answer = await self.shop.ask(job, action, by, body)
        assert answer.is_success or answer.json()["code"] in ("stale", "illegal_transition", "checked_already"), answer.text

    async def _step(self, job: UUID) -> None:
        await self._look()
        state, hand = self.states[job], self.whose.get(job)
        busy = {self.whose[other].technician for other, held in self.states.items() if held == "working"}
        bays = {
            self.whose[other].bay for other, held in self.states.items() if held not in ("ready", "completed") and other != job
        }
        if state == "ready" or (state in ("paused", "failed") and self.luck.random() < 0.4):
            free = [each for each in self.hands if each.bay not in bays]
            if free:
                self.whose[job] = self.luck.choice(free)
                await self.shop.dispatched(self.whose[job], job)
        elif state in ("dispatched", "paused", "failed") and hand and hand.technician not in busy:
            if (await self.shop.read(job))["job"]["rework_no"] > 2:
                boss = self.shop.by("store_manager", subject="boss")
                await self._does(job, "quality-release", boss, {})
            await self._does(job, "start", self._by(hand))
        elif state == "working" and hand and self.luck.random() < 0.5:
            await self._does(job, "pause", self._by(hand), {"reason": self.luck.choice(REASONS)})
        elif state == "working" and hand:
            await self._does(job, "finish", self._by(hand), {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
        elif state == "finished":
            failed = self.luck.random() < 0.3
            check: dict[str, Any] = {"result": "passed", "road_test_km": 3}
            if failed:
                check = {"result": "failed", "fault_code": "LEAK", "fault_owner": "technician"}
            elif await self._repeated(job):
                await self.shop.team_checked(job)
            await self.shop.done(job, "inspections", self.shop.inspector, check)
        await self._look()

    async def _repeated(self, job: UUID) -> bool:
        """It was sent back, or has come back."""
        known = (await self.shop.read(job))["job"]
        return bool(known["rework_no"] or known["comeback_of"])

    def _by(self, hand: Hand) -> dict[str, str]:
        """Headers with a token of this moment."""
        return self.shop.by("technician", subject=hand.user)

    async def deliver(self, ro: UUID) -> None:
        """The car goes home."""
        about = About(subject=ro, version=9, store_id=self.shop.store, correlation=ro)
        await self.shop.hear(
            VehicleDelivered(
                about=about, ro_no="NY01-20261031-0001", vehicle_id=new_id(), customer_id=new_id(), odometer_km=42_003,
                delivered_at=self.now,
            )
        )  # fmt: skip
        del self.lines[ro]

    async def clock_in(self, began: datetime) -> None:
        """Attendance around what was worked, with breaks, what was corrected, and one who forgot to go home: rows, since it is
        rows that are measured."""
        forgetful = await self._a_technician()
        for hand in self.hands:
            came = began
            while came < self.now:
                left = came + timedelta(milliseconds=self.luck.randint(3_600_000, 30 * 3_600_000))
                attendance = await self.attend(hand, came, left)
                await self.do(hand, "break", came, came + (left - came) / 7, attendance)
                corrected = await self.correction(attendance)
                await self.do(hand, "job", came, came + (left - came) / 5, attendance, superseded_by=corrected)
                async with self.shop.database.hearing.begin() as session:
                    await session.execute(
                        text(
                            'UPDATE activities SET attendance_id = :attendance WHERE "user" = :user AND attendance_id IS NULL'
                            " AND started_at >= :came AND started_at < :left"
                        ),
                        {"attendance": attendance, "user": hand.user, "came": came, "left": left},
                    )
                came = left + timedelta(milliseconds=self.luck.randint(60_000, 7_200_000))
        long_ago = began - timedelta(hours=70)
        await self.do(forgetful, "rework", long_ago, began + timedelta(hours=5), await self.attend(forgetful, long_ago, None))

    async def close_the_forgotten(self) -> None:
        """All that are due by the real clock, so that nothing changes any more while it is measured."""
        [work] = [work for work in DUE if work.name == "close_forgotten"]
        schedule = Schedule("workshop", [work], self.shop.database, settings())
        query = text("SELECT count(*) FROM attendances WHERE store_id = :store AND left_at IS NULL AND closes_at <= now()")
        end = monotonic() + 20
        while monotonic() < end:
            await schedule.pass_over(work)
            async with self.shop.database.hearing() as session:
                if not await session.scalar(query, {"store": self.shop.store}):
                    return
        raise AssertionError("some forgotten clocks were not closed")

    async def forget_amounts(self) -> None:
        """Of some completed jobs, as former releases left them."""
        forget = text(
            "UPDATE jobs SET amount_fen = NULL WHERE store_id = :store AND state = 'completed' AND flat_hours_milli % 2 = 1"
        )
        async with self.shop.database.hearing.begin() as session:
            await session.execute(forget, {"store": self.shop.store})

    async def _a_technician(self) -> Hand:
        with self.at():
            return await self.shop.a_hand("paint")

    async def attend(self, hand: Hand, came: datetime, left: datetime | None) -> UUID:
        """An attendance as a row."""
        return await self.row(
            "attendances", technician=hand.technician, user=hand.user, came_at=came, left_at=left,
            closes_at=left or came + timedelta(hours=9), flagged=left is None, version=1,
        )  # fmt: skip

    async def correction(self, attendance: UUID) -> UUID:
        """That a supervisor corrected it, as a row."""
        return await self.row(
            "clock_corrections", attendance_id=attendance, corrected_by="zhao.lei", corrected_at=self.now, reason="Asked.",
            before="[]", after="[]",
        )  # fmt: skip

    async def do(
        self, hand: Hand, kind: str, began: datetime, ended: datetime | None, attendance: UUID | None, **more: Any
    ) -> UUID:
        """An activity as a row; of a job it is some job."""
        job = more.pop("job_id", None) or next(iter(self.states), None) if kind in ("job", "rework") else None
        return await self.row(
            "activities", technician=hand.technician, user=hand.user, kind=kind, started_at=began, ended_at=ended,
            ended_because=None if ended is None else "other", attendance_id=attendance, job_id=job, **more,
        )  # fmt: skip

    async def row(self, table: str, **values: Any) -> UUID:
        values |= {"id": new_id(), "store_id": self.shop.store, "cause_id": new_id()}
        names = ", ".join(f'"{name}"' for name in values)
        async with self.shop.database.hearing.begin() as session:
            given = ", ".join(f":{name}" for name in values)
            await session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({given})"), values)
        return UUID(str(values["id"]))

    async def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of the store that measures may be made of."""
        found = {}
        async with self.shop.database.hearing() as session:
            for table in TABLES:
                rows = await session.execute(text(f"SELECT * FROM {table} WHERE store_id = :store"), {"store": self.shop.store})
                found[table] = [dict(row) for row in rows.mappings()]
            steps = text("SELECT * FROM state_history WHERE store_id = :store ORDER BY subject_id, seq")
            found["steps"] = [dict(row) for row in (await session.execute(steps, {"store": self.shop.store})).mappings()]
        return found


SUMMER_TIME_ENDS = datetime(2026, 10, 31, 12, 0, tzinfo=UTC)
"""A Saturday morning in New York; the following Sunday there has 25 hours."""
