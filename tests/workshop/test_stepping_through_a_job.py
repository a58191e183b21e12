"""Whatever is asked of a job, in whatever order: its rules hold (a state machine of random commands)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from services.workshop.domain import Activity, AuthorisedOrder, Clock, Job, JobPart, Turn
from services.workshop.domain.states import IN_A_BAY, UNAUTHORISED
from shared import clock
from shared.cause import Cause, bound
from shared.database import new_id
from shared.events.reception import AuthorisedLine
from shared.events.workshop import LabourClockedOn
from shared.refusal import Refused
from tests.workshop.words import (
    CAUSE,
    CORRECTION,
    NOON,
    STORE,
    a_bay,
    a_delivery,
    a_labour_line,
    a_lending,
    a_part_line,
    a_taking_back,
    a_technician,
    authorised_work,
    backordered,
    issued,
    reserved,
)

USERS = {"T1": "chen.jie", "T2": "wu.gang"}


class JobMachine(RuleBasedStateMachine):
    """One job with one part line, two technicians who may also be asked to inspect, and an inspector."""

    def __init__(self) -> None:
        super().__init__()
        self.labour = a_labour_line()
        self.line = a_part_line(self.labour.ro_line_id)
        self.ro, self.told = new_id(), 0
        with bound(Cause(new_id(), "user:test", (STORE,))):
            self.order = AuthorisedOrder.stub(self.ro, STORE)
            self.clocks = {code: Clock(a_technician(code, user=user)) for code, user in USERS.items()}
            self.job, self.part = Job.stub(self.labour.ro_line_id, STORE), JobPart.stub(self.line.ro_line_id, STORE)
        self.versions: list[int] = []
        self.agreed = ((0, 0), False)
        """Order of the newest agreement, and whether it names the job's line."""

    def ask(self, what: Callable[[], Any]) -> Any:
        """Do it; a refusal must have changed nothing."""
        before = self._seen()
        with clock.stopped(NOON), bound(Cause(new_id(), "user:test", (STORE,))):
            try:
                return what()
            except Refused:
                assert self._seen() == before
                return None

    def _seen(self) -> list[dict[str, Any]]:
        made = [row for clock_ in self.clocks.values() for row in clock_.made]
        rows = (self.order, self.part, self.job, *made)
        return [{name: value for name, value in vars(row).items() if name[0] != "_"} for row in rows]

    @property
    def activities(self) -> list[Activity]:
        """Work on the job."""
        return [row for each in self.clocks.values() for row in each.made if isinstance(row, Activity) and row.on_job]

    @property
    def running(self) -> list[Clock]:
        return [clock_ for clock_ in self.clocks.values() if clock_.on_job == self.job.id]

    @initialize(with_part=st.booleans(), agreed=st.integers(0, 3))
    def first(self, with_part: bool, agreed: int) -> None:
        """Now and then other lines of the order are agreed on first, or nothing is known of it."""
        if agreed > 1:
            self.authorise(with_part, 1)
        elif agreed:
            self.withdraw(1)

    @rule(with_part=st.booleans(), version=st.integers(1, 9))
    def authorise(self, with_part: bool, version: int) -> None:
        self._hear_authorised(*((self.labour, self.line) if with_part else (self.labour,)), version=version)

    @rule(version=st.integers(1, 9))
    def withdraw(self, version: int) -> None:
        self._hear_authorised(version=version)

    def _hear_authorised(self, *lines: AuthorisedLine, version: int) -> None:
        event = authorised_work(*lines, ro_id=self.ro, version=version)
        self.agreed = max(self.agreed, (event.about.order, self.labour in lines))

        def follow() -> None:
            self.order.authorise(event)
            if self.labour in lines:
                self.job.authorise(event, self.labour)
            if self.line in lines:
                self.part.need(event, self.line)
            self.part.follow(self.order)
            self.job.follow(self.order, [self.part])

        self.ask(follow)

    @rule(kind=st.sampled_from([reserved, backordered, issued]))
    def tell_stage(self, kind: Any) -> None:
        self.told += 1
        self.ask(lambda: self.part.tell(kind(self.line, self.ro, version=self.told)))
        self.ask(lambda: self.job.hear_of([self.part]))

    @rule(code=st.sampled_from(sorted(USERS)), taken=st.booleans())
    def dispatch(self, code: str, taken: bool) -> None:
        occupant = new_id() if taken else None
        if said := self.ask(lambda: self.job.dispatch(a_technician(code, user=USERS[code]), a_bay(), occupant)):
            assert not taken
            self.versions += [fact.about.version for fact in said]

    @rule(code=st.sampled_from(sorted(USERS)))
    def come(self, code: str) -> None:
        self.ask(lambda: self.clocks[code].come(NOON + timedelta(hours=8)))

    @rule(code=st.none() | st.sampled_from(sorted(USERS)))
    def start(self, code: str | None = None) -> None:
        """By the technician that it was given to, or with another's help."""
        starting = self.clocks[code or self.job.technician or "T1"]
        if starting.attendance is None:
            self.ask(lambda: starting.come(NOON + timedelta(hours=8)))
        if said := self.ask(lambda: self._started(starting)):
            assert self.part.at_hand or not self.part.needed
            assert self.agreed == (self.order.authorised, True), "the newest agreement names the work"
            assert not self.order.ended and not self.order.lent_back, "the car is here"
            self.versions.append(said.about.version)

    def _started(self, starting: Clock) -> LabourClockedOn:
        self.job.refuse_work(self.order)
        return self.job.start(starting, [self.part])

    @precondition(lambda self: self.job.state in IN_A_BAY)
    @rule(with_part=st.booleans())
    def withdraw_and_start(self, with_part: bool) -> None:
        """The customer does not want the work for a while; both technicians go for it meanwhile."""
        self.withdraw(self.order.authorised_version + 1)
        self._all_start()
        self.authorise(with_part, self.order.authorised_version + 1)

    @precondition(lambda self: self.job.state in IN_A_BAY - {"working"} and not self.order.ended)
    @rule()
    def lend_the_car_back_and_start(self) -> None:
        """The customer has the car for a while; both technicians go for the work meanwhile."""
        self.told += 2
        self.ask(lambda: self.order.lend(a_lending(self.ro, version=self.told - 1)))
        self._all_start()
        self.ask(lambda: self.order.lend(a_taking_back(self.ro, version=self.told)))

    def _all_start(self) -> None:
        for code in USERS:
            self.start(code)

    @rule(code=st.none() | st.sampled_from(sorted(USERS)), reason=st.sampled_from(["break", "wait_parts", "other"]))
    def pause(self, code: str | None, reason: str) -> None:
        for said in self.ask(lambda: self.job.pause(self.running, reason, code)) or ():
            self.versions.append(said.about.version)

    @rule()
    def finish(self) -> None:
        for said in self.ask(lambda: self.job.finish(self.running, [self.part], CAUSE, CORRECTION)) or ():
            self.versions.append(said.about.version)

    @rule(inspector=st.sampled_from([*USERS.values(), "xu.lan"]), passed=st.booleans())
    def inspect(self, inspector: str, passed: bool) -> None:
        worked = list(self.activities)
        said = self.ask(
            lambda: (
                self.job.pass_inspection(inspector, worked, None)
                if passed
                else self.job.fail_inspection(inspector, worked, "LEAK", None)
            )
        )
        if said:
            assert inspector not in {activity.user for activity in worked}
            self.versions.append(said[1].about.version)

    @rule(passed=st.booleans())
    def go_on(self, passed: bool) -> None:
        """The next step that makes sense, so that long lives are lived too."""
        match self.job.state:
            case "waiting":
                self.tell_stage(issued)
            case "ready":
                self.dispatch("T1", False)
            case "dispatched" | "paused" | "failed":
                self.start()
            case "working":
                self.finish()
            case "finished":
                self.inspect("xu.lan", passed)

    @precondition(lambda self: len(self.versions) > 3)
    @rule()
    def deliver(self) -> None:
        def follow() -> None:
            self.order.deliver(a_delivery(self.ro))
            self.job.follow(self.order, [self.part])
            if self.job.state == "cancelled":
                for clock_ in self.running:
                    self.versions.append(self.job.clocked_off(clock_, "cancelled", Turn("idle")).about.version)

        self.ask(follow)

    @invariant()
    def every_step_is_in_the_table(self) -> None:
        state = None
        for seq, step in enumerate(vars(self.job).get("_steps", ()), start=1):
            assert (step["from_state"], step["seq"]) == (state, seq)
            assert (state, step["to_state"]) in self.job.STEPS | {(None, "waiting")}
            state = step["to_state"]
        assert self.job.state == (state or UNAUTHORISED)

    @invariant()
    def what_was_never_agreed_on_is_never_clocked(self) -> None:
        assert not self.activities or self.job.authorised > (0, 0)

    @invariant()
    def the_clock_runs_exactly_while_the_job_is_worked_on(self) -> None:
        assert bool(self.running) == (self.job.state == "working")
        for clock_ in self.clocks.values():
            open_ones = [row for row in clock_.made if isinstance(row, Activity) and row.ended_at is None]
            assert open_ones == ([clock_.running] if clock_.attendance else [])

    @invariant()
    def a_job_in_a_bay_has_technician_and_bay(self) -> None:
        assert self.job.state not in IN_A_BAY or (self.job.technician and self.job.bay)

    @invariant()
    def facts_have_rising_versions(self) -> None:
        assert self.versions == sorted(set(self.versions))


def test_the_rules_of_a_job_hold_whatever_is_asked_of_it() -> None:
    """W3, W5."""
    lives = settings(max_examples=200, stateful_step_count=50, derandomize=True, deadline=None)
    run_state_machine_as_test(JobMachine, settings=lives)
