"""Whatever order and repetition the facts of a repair order come in, the workshop ends in the same state."""

from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Base, Job, Vehicle
from services.workshop.inbox import HEARS
from shared.database import Database, new_id
from shared.events import Event
from shared.events.reception import WorkAuthorised
from tests.convergence import Given, State, every_order_leads_to_one_state, nothing
from tests.workshop.words import (
    BY_THE_CLOCK,
    CAUSE,
    CORRECTION,
    NOON,
    STORE,
    a_bay,
    a_cancellation,
    a_delivery,
    a_labour_line,
    a_part_line,
    a_technician,
    an_identity,
    authorised_work,
    backordered,
    issued,
    reserved,
)

pytestmark = pytest.mark.usefixtures("at_noon")


async def _in_any_order(database: Database, *facts: Event, given: Given = nothing) -> State:
    # How many steps and changes led to a state depends on the order; where they lead does not.
    # Nor does what due work looks at anew meanwhile, by the clock.
    ignoring = ["state_seq", "jobs.version", *BY_THE_CLOCK]
    return await every_order_leads_to_one_state(
        facts, service="workshop", hears=HEARS, database=database, metadata=Base.metadata, given=given, ignoring=ignoring
    )


def _of(ro: UUID, state: State, table: str) -> dict[UUID, dict[str, Any]]:
    """The order's own rows by id; other tests leave theirs in the same database."""
    return {row["id"]: row for row in state[table] if row["ro_id"] == ro}


def _plates(vehicle: UUID, state: State) -> list[str]:
    return [row["plate"] for row in state["vehicles"] if row["id"] == vehicle]


async def test_a_job_is_ready_once_it_is_authorised_and_its_parts_are_there(database: Database) -> None:
    """W1, W2.  One job with two part lines, one of them short at first; another job needs no parts."""
    ro, vehicle, labour, other = new_id(), new_id(), a_labour_line(), a_labour_line(op_code="WASH")
    filter_, seal = a_part_line(labour.ro_line_id), a_part_line(labour.ro_line_id)
    state = await _in_any_order(
        database,
        authorised_work(labour, filter_, seal, other, ro_id=ro, vehicle_id=vehicle),
        reserved(filter_, ro),
        backordered(seal, ro),
        reserved(seal, ro, version=2),
        an_identity(vehicle),
    )
    jobs = _of(ro, state, "jobs")
    assert {id: row["state"] for id, row in jobs.items()} == {labour.ro_line_id: "ready", other.ro_line_id: "ready"}
    assert {row["skill"] for row in jobs.values()} == {"engine", "mechanical"}
    assert [row["eta_at"] for row in _of(ro, state, "job_parts").values()] == [None, None]
    assert _plates(vehicle, state) == ["沪A12345"]


async def test_the_newest_stage_of_every_part_line_counts(database: Database) -> None:
    """W1.  Eight facts in 200 orders: one line was issued, the other is short again, so the job waits for it."""
    ro, vehicle, labour = new_id(), new_id(), a_labour_line()
    filter_, seal = a_part_line(labour.ro_line_id), a_part_line(labour.ro_line_id)
    state = await _in_any_order(
        database,
        authorised_work(labour, filter_, seal, ro_id=ro, vehicle_id=vehicle),
        reserved(filter_, ro),
        issued(filter_, ro, version=2),
        backordered(seal, ro),
        reserved(seal, ro, version=2),
        backordered(seal, ro, version=3),
        an_identity(vehicle),
        an_identity(vehicle, plate="沪A54321", version=2),
    )
    assert _of(ro, state, "jobs")[labour.ro_line_id]["state"] == "waiting"
    parts = _of(ro, state, "job_parts")
    assert [parts[line.ro_line_id]["stage"] for line in (filter_, seal)] == ["issued", "backordered"]
    assert _plates(vehicle, state) == ["沪A54321"]


async def test_a_delivered_car_leaves_nothing_to_be_done(database: Database) -> None:
    ro, labour = new_id(), a_labour_line()
    line = a_part_line(labour.ro_line_id)
    state = await _in_any_order(
        database,
        authorised_work(labour, line, ro_id=ro),
        a_delivery(ro),
        reserved(line, ro),
        issued(line, ro),
    )
    assert [row["state"] for row in _of(ro, state, "jobs").values()] == ["cancelled"]


async def test_nothing_is_done_on_a_car_whose_order_was_called_off(database: Database) -> None:
    """C3."""
    ro, labour = new_id(), a_labour_line()
    line = a_part_line(labour.ro_line_id)
    state = await _in_any_order(
        database,
        authorised_work(labour, line, ro_id=ro),
        authorised_work(ro_id=ro, version=8),
        a_cancellation(ro),
        reserved(line, ro),
    )
    assert [row["state"] for row in _of(ro, state, "jobs").values()] == ["cancelled"]


async def test_the_newest_authorisation_says_when_the_car_came_and_what_was_promised_first(database: Database) -> None:
    """K1: what punctuality is measured by, whenever it is heard; and since when each job is what it is."""
    ro, labour = new_id(), a_labour_line()
    newest = {"first_promised_at": NOON, "opened_on": "2026-11-20"}
    state = await _in_any_order(
        database,
        authorised_work(labour, ro_id=ro, version=2),
        authorised_work(labour, ro_id=ro, version=5).model_copy(update=newest),
        authorised_work(labour, ro_id=ro, version=3).model_copy(update={"first_promised_at": NOON - timedelta(days=1)}),
        a_delivery(ro),
    )
    [order] = [row for row in state["authorised_orders"] if row["id"] == ro]
    assert (order["opened_on"], order["first_promised_at"], order["delivered_at"]) == (date(2026, 11, 20), NOON, NOON)
    assert [row["state_since"] for row in _of(ro, state, "jobs").values()] == [NOON]


async def test_the_newest_authorisation_decides_which_lines_are_jobs(database: Database) -> None:
    """A line that a newer version leaves out is withdrawn with its parts; one that it names again is a job again."""
    ro, vehicle, kept, withdrawn, again = new_id(), new_id(), a_labour_line(), a_labour_line(), a_labour_line()
    part = a_part_line(kept.ro_line_id)
    state = await _in_any_order(
        database,
        authorised_work(kept, withdrawn, again, part, ro_id=ro, vehicle_id=vehicle, version=2),
        authorised_work(kept, ro_id=ro, vehicle_id=vehicle, version=3),
        authorised_work(kept, again, ro_id=ro, vehicle_id=vehicle, version=4),
        backordered(part, ro),
    )
    states = {id: row["state"] for id, row in _of(ro, state, "jobs").items()}
    assert states == {kept.ro_line_id: "ready", withdrawn.ro_line_id: "cancelled", again.ro_line_id: "ready"}
    assert [row["needed"] for row in _of(ro, state, "job_parts").values()] == [False]


@pytest.mark.parametrize(
    ("newest", "days_ago", "back"), [("BRK-PULL", 29, True), ("AC-WEAK", 29, False), ("BRK-PULL", 31, False)]
)
async def test_what_comes_back_is_known_whatever_version_is_heard_first(
    database: Database, newest: str, days_ago: int, back: bool
) -> None:
    """W5: the concern of the newest version counts, and the day on which the car came."""
    ro, car, line, first, keys = new_id(), new_id(), a_labour_line(), new_id(), (new_id(), new_id())
    repaired_at, code = NOON - timedelta(days=days_ago), new_id().hex[-10:]

    async def repaired(session: AsyncSession) -> None:
        technician, bay, job = a_technician(code), a_bay(code), Job.stub(first, STORE)
        technician.id, bay.id = keys
        session.add_all([technician, bay])
        await session.flush()
        job.ro_id, job.ro_no, job.vehicle_id, job.op_code, job.skill = (
            keys[0],
            "SH01-20261001-0001",
            car,
            "BRAKES",
            "mechanical",
        )
        job.concern_code, job.promised_at, job.state, job.state_since = "BRK-NOISE", repaired_at, "completed", repaired_at
        job.technician = job.bay = job.finished_by = code
        job.cause, job.correction, job.finished_at, job.completed_at = CAUSE, CORRECTION, repaired_at, repaired_at
        session.add(job)
        await session.flush()

    def version(number: int, concern: str) -> WorkAuthorised:
        named = line.model_copy(update={"concern_code": concern})
        return authorised_work(named, ro_id=ro, vehicle_id=car, version=number)

    facts = [version(2, "AC-WEAK"), version(3, "BRK-SQUEAK"), version(4, newest)]
    state = await _in_any_order(database, *facts, given=repaired)
    assert _of(ro, state, "jobs")[line.ro_line_id]["comeback_of"] == (first if back else None)


async def test_what_others_do_meanwhile_is_not_taken_for_an_effect_of_the_order(database: Database) -> None:
    """Promise 8: a started service goes on in the same database; a car that it hears of between two orders is not theirs."""
    ro, labour, others = new_id(), a_labour_line(), count(1)

    async def another_car_is_identified(_: AsyncSession) -> None:
        async with database.hearing.begin() as session:
            session.add(Vehicle(id=new_id(), identified_epoch=0, identified_version=next(others)))

    facts = [authorised_work(labour, ro_id=ro), a_delivery(ro)]
    state = await _in_any_order(database, *facts, given=another_car_is_identified)
    assert next(others) > 2
    assert [each["state"] for each in _of(ro, state, "jobs").values()] == ["cancelled"]
