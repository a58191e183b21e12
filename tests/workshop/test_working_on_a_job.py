"""The rules of a job, from dispatch to completion."""

from datetime import timedelta

import pytest

from services.workshop.domain import Activity, AuthorisedOrder, Job, JobPart, shares
from services.workshop.domain.labour_lines import skill_for
from shared import clock
from shared.database import new_id
from shared.events.reception import AuthorisedLine
from shared.events.workshop import JobDispatched
from shared.refusal import Refused
from tests.workshop.words import (
    CAUSE,
    CORRECTION,
    NOON,
    STORE,
    a_bay,
    a_clock,
    a_dispatched_job,
    a_finished_job,
    a_job_at_work,
    a_labour_line,
    a_part_line,
    a_ready_job,
    a_technician,
    an_authorised_job,
    authorised_work,
    backordered,
    reserved,
    work_of,
)

pytestmark = pytest.mark.usefixtures("at_noon")


def test_an_operation_belongs_to_the_trade_before_its_first_dash() -> None:
    """W8."""
    assert [skill_for(code) for code in ("PAINT-DOOR", "Body-Dent-2", "WASH", "-X")] == [
        "paint", "body", "mechanical", "mechanical",
    ]  # fmt: skip


def test_a_job_goes_only_to_a_technician_with_the_skill() -> None:
    """W2."""
    job = a_ready_job(op_code="PAINT-DOOR")
    with pytest.raises(Refused, match="technician_lacks_skill"):
        job.dispatch(a_technician(skills=("engine", "body")), a_bay(), None)
    [said] = job.dispatch(a_technician(skills=("paint",)), a_bay("B7"), None)
    assert isinstance(said, JobDispatched)
    assert (said.about.version, said.technician, said.bay, job.state) == (job.version, "T1", "B7", "dispatched")
    assert said.about.correlation == job.ro_id == said.ro_id


def test_a_job_does_not_go_into_a_bay_that_another_job_has() -> None:
    """W2, W7."""
    with pytest.raises(Refused, match="bay_occupied"):
        a_ready_job().dispatch(a_technician(), a_bay(), new_id())


def test_a_job_that_waits_for_parts_cannot_be_dispatched() -> None:
    job, _ = an_authorised_job(parts=1)
    with pytest.raises(Refused, match="illegal_transition"):
        job.dispatch(a_technician(), a_bay(), None)


def test_a_repair_cannot_start_while_it_waits_for_parts() -> None:
    """W1.  A part that was taken back after the dispatch holds the work, not the dispatch."""
    job, parts = an_authorised_job(parts=2)
    for part in parts:
        part.stage = "reserved"
    job.hear_of(parts)
    job.dispatch(a_technician(), a_bay(), None)
    parts[1].stage = "backordered"
    job.hear_of(parts)
    assert job.state == "dispatched"
    with pytest.raises(Refused, match="waits_for_parts"):
        job.start(a_clock(), parts)


def test_a_technician_works_on_one_job_at_a_time() -> None:
    """W3."""
    job, busy = a_job_at_work()
    with pytest.raises(Refused, match="technician_busy") as refused:
        a_dispatched_job(busy.technician).start(busy, [])
    assert refused.value.parameters == {"job_id": job.id}


def test_a_pause_has_a_reason_and_stops_the_clock() -> None:
    """W3."""
    job, hand = a_job_at_work()
    worked = work_of(hand)
    with clock.stopped(NOON + timedelta(minutes=20)):
        [said] = job.pause([hand], "wait_approval")
    assert (job.state, job.hold_reason) == ("paused", "wait_approval")
    assert (worked.ended_at, worked.ended_because) == (NOON + timedelta(minutes=20), "wait_approval")
    assert (said.worked_minutes, said.because, said.automatically) == (20, "wait_approval", False)
    assert hand.running and (hand.running.kind, hand.running.started_at) == ("wait_approval", worked.ended_at)
    job.start(hand, [])
    assert (job.state, job.hold_reason) == ("working", None)


def test_a_paused_job_can_go_to_another_technician() -> None:
    """W2.  Its bay is its own."""
    job, hand = a_job_at_work()
    job.pause([hand], "end_of_shift")
    job.dispatch(a_technician("T2"), a_bay(), job.id)
    assert (job.state, job.technician, job.hold_reason) == ("dispatched", "T2", None)


def test_work_is_not_finished_before_all_its_parts_were_issued() -> None:
    """W3."""
    job, parts = an_authorised_job(parts=1)
    parts[0].stage = "reserved"
    job.hear_of(parts)
    job.dispatch(a_technician(), a_bay(), None)
    hand = a_clock()
    job.start(hand, parts)
    with pytest.raises(Refused, match="parts_not_issued"):
        job.finish([hand], parts, CAUSE, CORRECTION)
    parts[0].stage = "issued"
    job.finish([hand], parts, CAUSE, CORRECTION)
    assert (job.state, job.finished_by, work_of(hand).ended_because) == ("finished", "T1", "finished")


def test_whoever_worked_on_a_job_does_not_inspect_it() -> None:
    """W5.  Four eyes: neither outcome may come from a worker."""
    job, hand = a_finished_job()
    with pytest.raises(Refused, match="inspector_worked_on_it"):
        job.pass_inspection("chen.jie", [work_of(hand)], None)
    with pytest.raises(Refused, match="inspector_worked_on_it"):
        job.fail_inspection("chen.jie", [work_of(hand)], "LEAK", None)
    assert job.state == "finished"


def test_a_failed_check_sends_the_job_back_as_rework() -> None:
    """W5.  The rework is clocked as such and counted in the completion."""
    job, hand = a_finished_job()
    first = work_of(hand)
    inspection, failed = job.fail_inspection("xu.lan", [first], "LEAK", "Drips when warm.")
    assert (inspection.result, inspection.rework_no, failed.rework_no, job.state) == ("failed", 0, 1, "failed")
    said = job.start(hand, [])
    again = work_of(hand)
    assert (again.kind, said.kind) == ("rework", "rework")
    job.finish([hand], [], CAUSE, "Seal replaced again.")
    passed, completed = job.pass_inspection("xu.lan", [first, again], None)
    assert (passed.rework_no, completed.reworks, completed.correction, job.state) == (1, 1, "Seal replaced again.", "completed")


def test_each_fact_about_a_job_has_the_next_version() -> None:
    """And so has each step in between: the version is the ETag."""
    job = a_ready_job()
    seen = job.version
    versions = [said.about.version for said in job.dispatch(a_technician(), a_bay(), None)]
    hand = a_clock()
    versions.append(job.start(hand, []).about.version)
    versions += [said.about.version for said in job.finish([hand], [], CAUSE, CORRECTION)]
    versions.append(job.fail_inspection("xu.lan", [work_of(hand)], "LEAK", None)[1].about.version)
    assert versions == [seen + 1, seen + 2, seen + 4, seen + 5]


def test_what_is_heard_of_a_job_moves_the_version_that_readers_saw() -> None:
    """A dispatcher who saw the job before its part was short, or before its promise moved, decides on something else."""
    labour, ro = a_labour_line(), new_id()
    line = a_part_line(labour.ro_line_id)
    order, job, part = (
        AuthorisedOrder.stub(ro, STORE), Job.stub(labour.ro_line_id, STORE), JobPart.stub(line.ro_line_id, STORE),
    )  # fmt: skip
    seen = [job.version]

    def hear(version: int, *lines: AuthorisedLine) -> None:
        event = authorised_work(*lines, ro_id=ro, version=version)
        order.authorise(event)
        if labour in lines:
            job.authorise(event, labour)
        if line in lines:
            part.need(event, line)
        part.follow(order)
        job.follow(order, [part])
        seen.append(job.version)

    hear(2, labour, line)
    for told in (reserved(line, ro), backordered(line, ro, version=2)):
        assert part.tell(told)
        job.hear_of([part])
        seen.append(job.version)
    hear(3, labour)
    hear(4)
    assert not part.tell(reserved(line, ro)), "something newer is known"
    hear(3, labour)
    assert seen[1:] == [*sorted(set(seen[1:-1])), seen[-2]], "each fact that says something new has moved it"


def test_a_completed_job_tells_the_whole_minutes_of_each_technician() -> None:
    """W3, K8.  Seconds are summed before they are rounded, half up."""
    job, hand = a_job_at_work()
    with clock.stopped(NOON + timedelta(minutes=10, seconds=20)):
        job.pause([hand], "break")
        job.start(hand, [])
    with clock.stopped(NOON + timedelta(minutes=30, seconds=30)):
        job.pause([hand], "end_of_shift")
        other = a_clock(a_technician("T0", user="wu.gang"))
        job.dispatch(other.technician, a_bay(), job.id)
        job.start(other, [])
    with clock.stopped(NOON + timedelta(minutes=36)):
        job.finish([other], [], CAUSE, CORRECTION)
        every = [row for row in (*hand.made, *other.made) if isinstance(row, Activity)]
        _, completed = job.pass_inspection("xu.lan", [row for row in every if row.job_id == job.id], None)
    assert [(share.technician, share.worked_minutes) for share in completed.shares] == [("T0", 6), ("T1", 31)]
    assert [share.share_bp for share in completed.shares] == [1_528, 8_472]
    assert completed.actual_minutes == 37


def test_a_clock_that_was_set_back_gives_no_negative_minutes() -> None:
    job, hand = a_job_at_work()
    with clock.stopped(NOON - timedelta(hours=1)):
        job.pause([hand], "break")
    assert [share.worked_minutes for share in shares([work_of(hand)])] == [0]
