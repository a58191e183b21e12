"""Whatever order and repetition the facts of a repair order come in, claims ends in the same state."""

import pytest

from services.claims.domain import Base
from services.claims.inbox import HEARS
from shared.database import Database, new_id
from tests.claims.words import Repair, a_labour_line, a_part_line
from tests.convergence import State, every_order_leads_to_one_state

pytestmark = pytest.mark.usefixtures("at_noon")
COUNTERS = ["version", "state_seq"]


async def converged(*facts: object, database: Database) -> State:
    return await every_order_leads_to_one_state(
        facts,  # type: ignore[arg-type]
        service="claims", hears=HEARS, database=database, metadata=Base.metadata, ignoring=COUNTERS,
    )  # fmt: skip


async def test_a_completed_warranty_job_is_drafted_whichever_fact_comes_last(database: Database) -> None:
    """C1: every single one, from the finished job."""
    repair = Repair()
    state = await converged(
        repair.identified(), repair.authorised(), repair.issued(), repair.completed(), repair.delivered(), database=database
    )
    claims = {row["id"]: row for row in state["claims"]}
    assert (claims[repair.job_id]["state"], claims[repair.job_id]["claimed_fen"]) == ("draft", 112_000)
    assert {row["issued_at"] is not None for row in state["warranty_lines"] if row["id"] == repair.part_id} == {True}


async def test_work_that_the_customer_pays_makes_no_claim(database: Database) -> None:
    """C1: a part at the customer's cost is no part of the claim either."""
    repair = Repair()
    own = a_labour_line(payer="customer")
    filter_of_own = a_part_line(own.ro_line_id, payer="customer")
    state = await converged(
        repair.authorised(*repair.lines, own, filter_of_own),
        repair.completed(),
        repair.completed(job_id=own.ro_line_id),
        repair.issued(part_id=filter_of_own.ro_line_id, job_id=own.ro_line_id),
        database=database,
    )
    claims = {row["id"]: row for row in state["claims"]}
    assert (claims[repair.job_id]["state"], claims[own.ro_line_id]["state"]) == ("draft", "expected")
    assert claims[own.ro_line_id]["claimed_fen"] == 0


async def test_the_newest_authorisation_wins_in_any_order(database: Database) -> None:
    """C1: lines that come, go and change their payer between versions; two jobs, one of which the customer takes over."""
    repair = Repair()
    labour, part = repair.lines
    second = a_labour_line(amount_fen=9_000)
    taken_over = a_labour_line(payer="customer", amount_fen=9_000, id=second.ro_line_id)
    dearer = a_part_line(repair.job_id, amount_fen=99_000, id=part.ro_line_id)
    added = a_part_line(repair.job_id, amount_fen=1_000)
    state = await converged(
        repair.authorised(labour, part, second, version=2),
        repair.authorised(labour, dearer, second, added, version=3),
        repair.authorised(labour, dearer, taken_over, version=1, epoch=2, odometer_km=42_100),
        repair.completed(version=2),
        repair.completed(version=3, cause="Seal torn"),
        repair.completed(job_id=second.ro_line_id),
        repair.issued(version=1),
        repair.issued(part_id=added.ro_line_id),
        repair.identified(version=1),
        repair.identified(version=2, nature="commercial"),
        repair.delivered(),
        Repair(vehicle_id=repair.vehicle_id, ro_id=new_id()).authorised(),
        database=database,
    )
    claims = {row["id"]: row for row in state["claims"]}
    assert (claims[repair.job_id]["state"], claims[repair.job_id]["claimed_fen"]) == ("draft", 123_000)
    assert claims[repair.job_id]["cause"] == "Seal torn"
    assert (claims[second.ro_line_id]["state"], claims[second.ro_line_id]["claimed_fen"]) == ("expected", 0)
    lines = {row["id"]: row["claimed_fen"] for row in state["warranty_lines"]}
    assert (lines[dearer.ro_line_id], lines[added.ro_line_id], lines[second.ro_line_id]) == (99_000, None, None)
    assert [row["nature"] for row in state["vehicles"] if row["id"] == repair.vehicle_id] == ["commercial"]
    assert [row["odometer_km"] for row in state["authorised_orders"] if row["id"] == repair.ro_id] == [42_100]
