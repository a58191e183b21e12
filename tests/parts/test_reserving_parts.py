"""The rules of reserving, back-ordering and issuing one line, in memory."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect

from services.parts.domain import StockLevel, StockMovement
from shared.database import new_id
from shared.events.parts import PartsReserved
from shared.refusal import Refused
from tests.parts.words import NOON, a_line_for, a_part, a_shelf, a_wanted_line, authorised_work

pytestmark = pytest.mark.usefixtures("at_noon")


def ledger(shelf: StockLevel) -> list[StockMovement]:
    return list(inspect(shelf).attrs.movements.history.added)


def test_a_line_is_reserved_whole_when_the_shelf_can_meet_it() -> None:
    """P2: reservation for the repair order the moment work is authorised."""
    line, shelf = a_wanted_line(2_000), a_shelf(2_000)
    assert line.fits(shelf)
    said = line.reserve(shelf)
    assert (said.quantity_milli, said.about.subject, said.about.version, said.about.correlation) == (
        2_000,
        line.id,
        1,
        line.ro_id,
    )
    assert (shelf.on_hand_milli, shelf.reserved_milli, shelf.available_milli) == (2_000, 2_000, 0)


def test_a_line_that_does_not_fit_is_backordered_with_what_is_short_and_when_it_is_expected() -> None:
    """P3: back-orders with supplier ETA."""
    line, shelf = a_wanted_line(5_000), a_shelf(3_000)
    assert not line.fits(shelf)
    said = line.backorder(shelf, a_part(lead_time_days=4).expected_at())
    assert (said.short_milli, said.eta_at) == (2_000, NOON + timedelta(days=4))
    assert shelf.reserved_milli == 0, "nothing is reserved in part"


def test_a_newcomer_gets_nothing_while_others_wait() -> None:
    """P3: nobody is overtaken."""
    shelf = a_shelf(3_000)
    a_wanted_line(5_000).backorder(shelf, None)
    newcomer = a_wanted_line(1_000)
    assert not newcomer.fits(shelf)
    assert newcomer.backorder(shelf, None).short_milli == 1_000


def test_a_line_that_waited_leaves_the_queue_when_it_is_reserved() -> None:
    line, shelf = a_wanted_line(1_000), a_shelf()
    line.backorder(shelf, None)
    assert shelf.waiting_milli == 1_000
    shelf = a_shelf(1_000)
    shelf.waiting_milli = 1_000
    assert isinstance(line.reserve(shelf), PartsReserved)
    assert (shelf.waiting_milli, line.short_milli, line.eta_at) == (0, 0, None)


def test_reserved_parts_are_issued_at_the_cost_of_the_catalogue_rounded_half_up() -> None:
    """P2: issue; half a litre at 45.01 yuan costs 22.51."""
    line, shelf = a_wanted_line(500), a_shelf(4_000)
    line.reserve(shelf)
    said = line.issue(shelf, a_part(cost_fen=4_501))
    assert (said.cost_fen, said.about.version) == (2_251, 2)
    assert (shelf.on_hand_milli, shelf.reserved_milli) == (3_500, 0)


@pytest.mark.parametrize("backordered", [True, False])
def test_parts_that_are_not_reserved_cannot_be_issued(backordered: bool) -> None:
    line, shelf = a_wanted_line(), a_shelf(4_000)
    if backordered:
        line.backorder(shelf, None)
    with pytest.raises(Refused, match="illegal_transition"):
        line.issue(shelf, a_part())
    assert shelf.on_hand_milli == 4_000


def test_a_line_cannot_be_issued_twice() -> None:
    line, shelf = a_wanted_line(), a_shelf(4_000)
    line.reserve(shelf)
    line.issue(shelf, a_part())
    with pytest.raises(Refused, match="illegal_transition"):
        line.issue(shelf, a_part())


def test_every_change_of_a_shelf_leaves_a_movement() -> None:
    """The ledger tells for each movement what changed, what lay there afterwards, and why."""
    line, shelf = a_wanted_line(1_000), a_shelf(2_000)
    line.reserve(shelf)
    line.issue(shelf, a_part())
    assert [(m.seq, m.kind, m.on_hand_after_milli, m.reserved_after_milli, m.cost_fen) for m in ledger(shelf)] == [
        (1, "received", 2_000, 0, 9_000),
        (2, "reserved", 2_000, 1_000, 0),
        (3, "issued", 1_000, 0, 4_550),
    ]
    assert [m.part_line_id for m in ledger(shelf)] == [None, line.id, line.id]


def test_a_newer_authorisation_moves_the_promise_and_nothing_else() -> None:
    job, ro = new_id(), new_id()
    said, other = a_line_for(job, 1_000), a_line_for(job, 9_000)
    line = a_wanted_line().stub(said.ro_line_id, "sh01")
    line.authorise(said, authorised_work(said, ro_id=ro, version=3))
    line.authorise(other, authorised_work(other, ro_id=ro, version=4, promised_at=NOON))
    line.authorise(other, authorised_work(other, ro_id=ro, version=2, promised_at=NOON - timedelta(days=1)))
    assert (line.promised_at, line.quantity_milli) == (NOON, 1_000)


def test_a_moved_promise_moves_the_version_that_readers_saw() -> None:
    said = a_line_for(new_id())
    line, ro = a_wanted_line().stub(said.ro_line_id, "sh01"), new_id()
    line.authorise(said, authorised_work(said, ro_id=ro, version=2))
    line.reserve(a_shelf(1_000))
    seen = line.version
    line.authorise(said, authorised_work(said, ro_id=ro, version=3))
    assert line.version == seen, "nothing that is shown has changed"
    line.authorise(said, authorised_work(said, ro_id=ro, version=4, promised_at=NOON))
    assert line.version > seen


def test_a_withdrawn_line_gives_back_what_was_reserved_for_it() -> None:
    """The ledger tells that it was released; the shelf has it for others."""
    line, shelf = a_wanted_line(2_000), a_shelf(3_000)
    line.reserve(shelf)
    seen = line.version
    line.withdraw(shelf)
    line.withdraw(shelf)
    assert (line.state, shelf.reserved_milli, shelf.free_milli) == ("withdrawn", 0, 3_000)
    assert [(m.kind, m.reserved_delta_milli, m.part_line_id) for m in ledger(shelf)][1:] == [
        ("reserved", 2_000, line.id), ("released", -2_000, line.id),
    ]  # fmt: skip
    assert line.version == seen + 1


def test_a_withdrawn_line_that_waited_leaves_the_queue() -> None:
    line, shelf = a_wanted_line(2_000), a_shelf()
    line.backorder(shelf, NOON)
    line.withdraw(shelf)
    assert (line.state, line.short_milli, line.eta_at, shelf.waiting_milli) == ("withdrawn", 0, None, 0)


def test_parts_that_were_issued_stay_with_the_job_when_their_line_is_withdrawn() -> None:
    line, shelf = a_wanted_line(1_000), a_shelf(1_000)
    line.reserve(shelf)
    line.issue(shelf, a_part())
    line.withdraw(shelf)
    assert (line.state, shelf.on_hand_milli) == ("issued", 0)


@pytest.mark.parametrize("missing", ["part_no", "labour_line_id", "quantity_milli"])
def test_a_line_without_part_quantity_or_job_is_refused(missing: str) -> None:
    said = a_line_for(new_id()).model_copy(update={missing: None})
    with pytest.raises(Refused, match="line_incomplete"):
        a_wanted_line().stub(said.ro_line_id, "sh01").authorise(said, authorised_work(said))
