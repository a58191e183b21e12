"""Whatever order and repetition the facts of a car's stay come in, the console shows the same."""

from datetime import timedelta

import pytest

from services.console.domain import Base
from services.console.inbox import HEARS
from shared.database import Database
from shared.events import catalogue
from shared.events.parts import PartOffered
from shared.events.reception import ContactChanged
from shared.events.sales import VehicleSold
from tests.console.words import NOON, PROMISED, AStay
from tests.convergence import every_order_leads_to_one_state

pytestmark = pytest.mark.usefixtures("at_noon")
MOVES = ["touched_at", "vehicles.touched_at"]


def test_the_console_hears_everything_but_how_customers_are_reached_and_hints_about_shelves() -> None:
    assert set(HEARS) == set(catalogue().values()) - {ContactChanged, VehicleSold, PartOffered}


async def test_a_whole_stay_in_any_order_ends_surveyed_with_its_complaint_and_claim(database: Database) -> None:
    """W1."""
    stay = AStay()
    facts = stay.whole()
    state = await every_order_leads_to_one_state(
        facts, service="console", hears=HEARS, database=database, metadata=Base.metadata, ignoring=MOVES
    )
    (car,), (vehicle,) = state["cars"], state["vehicles"]
    assert (car["stage"], car["ro_no"], car["reworks"], car["complaint"]) == ("surveyed", stay.ro_no, 1, True)
    assert (car["claimed_fen"], car["claims_open"], car["claims_paid"]) == (60_000, 0, 1)
    assert (car["short_lines"], car["technicians"]) == (0, ["T01"])
    assert vehicle["plate"] == stay.plate
    assert len(state["facts"]) == len(facts) - 1, "the personal fact is not kept"


async def test_the_newest_word_wins_for_each_line_and_for_the_promise(database: Database) -> None:
    """P3, W1.  A part that came and was short again later shows as short; an older promise does not come back."""
    stay = AStay()
    facts = [
        stay.authorised(2),
        stay.authorised(3, promised_at=PROMISED + timedelta(hours=2)),
        stay.reserved(1),
        stay.backordered(2, eta_at=NOON + timedelta(days=1)),
        stay.set_back(stay.oil),
        stay.dispatched(stay.oil, 3),
    ]
    state = await every_order_leads_to_one_state(
        facts, service="console", hears=HEARS, database=database, metadata=Base.metadata, ignoring=MOVES
    )
    (car,) = state["cars"]
    assert (car["stage"], car["short_lines"], car["eta_at"]) == ("in_work", 1, NOON + timedelta(days=1))
    assert car["promised_at"] == PROMISED + timedelta(hours=2)


async def test_a_car_whose_order_was_called_off_has_left_the_board(database: Database) -> None:
    """C3, W1."""
    stay = AStay()
    facts = [stay.checked_in(), stay.authorised(2), stay.reserved(1), stay.without_work(), stay.cancelled()]
    state = await every_order_leads_to_one_state(
        facts, service="console", hears=HEARS, database=database, metadata=Base.metadata, ignoring=MOVES
    )
    assert [car["stage"] for car in state["cars"] if car["id"] == stay.ro_id] == ["cancelled"]


async def test_a_vehicle_is_known_by_its_newest_plate(database: Database) -> None:
    """R2."""
    stay = AStay()
    facts = [stay.identified(1), stay.identified(2, plate="沪B00001"), stay.identified(3, plate="沪C00002"), stay.checked_in()]
    state = await every_order_leads_to_one_state(
        facts, service="console", hears=HEARS, database=database, metadata=Base.metadata, ignoring=MOVES
    )
    assert [vehicle["plate"] for vehicle in state["vehicles"]] == ["沪C00002"]
