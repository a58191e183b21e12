"""Whatever technicians, forgetfulness and supervisors do to clocks: one open activity, no gap, nothing lost."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.workshop.domain import Activity, Attendance, Clock, ClockCorrection
from services.workshop.domain.clocks import FORGOTTEN, Kind
from services.workshop.domain.corrections import ToldStretch, correct, replace, split
from shared import clock
from shared.cause import Cause, bound
from shared.database import new_id
from shared.refusal import Invalid, Refused
from tests.workshop.words import NOON, STORE, a_technician

PEOPLE = {"T1": "chen.jie", "T2": "wu.gang", "T3": "li.na"}
JOBS = (new_id(), new_id())
KINDS: tuple[Kind, ...] = ("job", "rework", "idle", "wait_parts", "wait_approval", "break", "training", "shop")
codes = st.sampled_from(sorted(PEOPLE))


class Clocks(RuleBasedStateMachine):
    """Three technicians, two jobs, a supervisor who is one of them, and time that also stands still or goes back a little."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        with bound(Cause(new_id(), "user:test", (STORE,))):
            self.clocks = {code: Clock(a_technician(code, user=user)) for code, user in PEOPLE.items()}
        self.corrected: list[Activity] = []
        self.corrections: list[ClockCorrection] = []

    def ask(self, what: Callable[[], Any]) -> Any:
        with clock.stopped(self.now), bound(Cause(new_id(), "user:test", (STORE,))):
            try:
                return what()
            except (Refused, Invalid):
                return None

    def attendances(self, code: str) -> list[Attendance]:
        return [row for row in self.clocks[code].made if isinstance(row, Attendance)]

    def counted(self, attendance: Attendance) -> list[Activity]:
        every = [row for each in self.clocks.values() for row in each.made if isinstance(row, Activity)] + self.corrected
        mine = [row for row in every if row.attendance_id == attendance.id and row.superseded_by is None]
        return sorted(mine, key=lambda row: (row.started_at, row.id))

    @rule(seconds=st.integers(-30, 4_000))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(code=codes)
    def come(self, code: str) -> None:
        self.ask(lambda: self.clocks[code].come(self.now + timedelta(hours=9)))

    @rule(code=codes, kind=st.sampled_from(KINDS), job=st.sampled_from(JOBS))
    def turn(self, code: str, kind: Kind, job: UUID) -> None:
        self.ask(lambda: self.clocks[code].turn_to(kind, job if kind in ("job", "rework", "wait_parts") else None))

    @rule(code=codes)
    def leave(self, code: str) -> None:
        self.ask(self.clocks[code].leave)

    @rule(code=codes, minutes=st.integers(0, 600))
    def be_forgotten(self, code: str, minutes: int) -> None:
        """Found later: the end lies before now, but never before the last thing that was begun."""
        self.ask(lambda: self.clocks[code].leave(FORGOTTEN, self.now - timedelta(minutes=minutes)))

    @rule(code=codes, by=st.sampled_from(["zhao.lei", "chen.jie"]), luck=st.randoms(use_true_random=False))
    def correct(self, code: str, by: str, luck: Any) -> None:
        """The boundaries were elsewhere; sometimes what is told cannot be."""
        if not (known := [each for each in self.attendances(code) if each.left_at is not None]):
            return
        attendance = luck.choice(known)
        cuts = sorted(attendance.came_at + timedelta(seconds=luck.randint(-600, 6_000)) for _ in range(luck.randint(2, 5)))
        told = [ToldStretch(luck.choice(KINDS), luck.choice([*JOBS, None]), began, ended) for began, ended in pairwise(cuts)]
        self._correct(attendance, told, by)

    @rule(code=codes, share=st.integers(1, 9_999))
    def split(self, code: str, share: int) -> None:
        for attendance in self.attendances(code):
            counted = self.counted(attendance)
            for activity in counted:
                if parts := self.ask(partial(split, activity, [(JOBS[0], share), (JOBS[1], 10_000 - share)])):
                    others = [
                        part
                        for each in counted
                        for part in (
                            parts
                            if each is activity
                            else [ToldStretch(each.kind, each.job_id, each.started_at, each.ended_at or each.started_at)]
                        )
                    ]
                    self._correct(attendance, others, "zhao.lei")
                    return

    def _correct(self, attendance: Attendance, told: list[ToldStretch], by: str) -> None:
        counted = self.counted(attendance)
        before = [(row.kind, row.started_at, row.ended_at) for row in counted]
        correction = self.ask(lambda: correct(attendance, counted, told, by, "Asked."))
        if correction is None:
            assert [(row.kind, row.started_at, row.ended_at) for row in self.counted(attendance)] == before
            return
        assert by != attendance.user
        self.corrections.append(correction)
        self.corrected += self.ask(lambda: replace(attendance, counted, told, correction))

    @invariant()
    def exactly_one_activity_is_open_while_somebody_is_there(self) -> None:
        for each in self.clocks.values():
            open_ones = [row for row in each.made if isinstance(row, Activity) and row.ended_at is None]
            assert open_ones == ([each.running] if each.attendance else [])

    @invariant()
    def the_activities_fill_each_attendance_without_gap_or_overlap(self) -> None:
        for code in PEOPLE:
            for attendance in self.attendances(code):
                counted = self.counted(attendance)
                assert counted[0].started_at == attendance.came_at
                assert counted[-1].ended_at == attendance.left_at
                assert all(before.ended_at == after.started_at for before, after in pairwise(counted))
                if attendance.left_at is not None:
                    lasted = sum(((row.ended_at or row.started_at) - row.started_at for row in counted), timedelta())
                    assert lasted == attendance.left_at - attendance.came_at

    @invariant()
    def what_was_corrected_is_kept(self) -> None:
        every = [row for each in self.clocks.values() for row in each.made if isinstance(row, Activity)] + self.corrected
        gone = [row for row in every if row.superseded_by is not None]
        assert {row.superseded_by for row in gone} <= {correction.id for correction in self.corrections}
        for correction in self.corrections:
            replaced = [row for row in gone if row.superseded_by == correction.id]
            assert not replaced or len(replaced) == len(correction.before)


def test_clocks_keep_one_open_activity_and_no_gap_whatever_is_done_to_them() -> None:
    """W3, C7, M6: on, off, switch, break, forget, correct, split."""
    lives = settings(max_examples=150, stateful_step_count=40, derandomize=True, deadline=None)
    run_state_machine_as_test(Clocks, settings=lives)
