"""Whatever order and repetition the facts of a repair order come in, parts ends in the same state."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.parts.domain import Base
from services.parts.inbox import HEARS
from shared.database import Database, new_id
from tests.convergence import every_order_leads_to_one_state
from tests.parts.words import NOON, a_delivery, a_labour_line, a_line_for, a_part, a_shelf, authorised_work

pytestmark = pytest.mark.usefixtures("at_noon")
OFFERS = ("parts.id", "stock_levels.id", "stock_levels.offer_at")
"""Which part and place it is, and whether it is to tell what it offers: a hint that is told after any change."""
BRAKE_PADS = "04465-33480"
ON_ORDER = "00000-NOBODY-KNOWS"


async def a_store_with_some_stock(session: AsyncSession) -> None:
    """Ten filters; brake pads are known and out of stock."""
    session.add_all([a_part(), a_part(BRAKE_PADS)])
    await session.flush()
    filters = a_shelf()
    session.add(filters)
    await session.flush()
    delivery = a_delivery(10_000)
    session.add(delivery)
    filters.receive(delivery)
    await session.flush()
    session.expunge_all()


async def test_authorised_versions_in_any_order_reserve_each_line_once(database: Database) -> None:
    """P2, P3.  Supplements add lines and move the promise; the newest promise wins and no line is reserved twice."""
    ro, job = new_id(), new_id()
    labour = a_labour_line(job)
    first, second, pads, unknown = (
        a_line_for(job, 6_000), a_line_for(job, 5_000), a_line_for(job, part_no=BRAKE_PADS), a_line_for(job, part_no=ON_ORDER),
    )  # fmt: skip
    facts = [
        authorised_work(labour, first, ro_id=ro, version=2, promised_at=NOON),
        authorised_work(labour, first, second, ro_id=ro, version=3, promised_at=NOON + timedelta(hours=1)),
        authorised_work(labour, pads, first, second, ro_id=ro, version=5, promised_at=NOON + timedelta(hours=2)),
        authorised_work(
            labour, unknown, pads, first, second, ro_id=ro, epoch=2, version=1, promised_at=NOON + timedelta(days=1)
        ),
        authorised_work(a_labour_line(), ro_id=new_id()),
    ]
    state = await every_order_leads_to_one_state(
        facts, service="parts", hears=HEARS, database=database, metadata=Base.metadata, given=a_store_with_some_stock,
        ignoring=["stock_movements.id", "goods_receipts.id", "goods_receipt_id", "part_lines.version", *OFFERS],
    )  # fmt: skip
    lines = {row["id"]: row for row in state["part_lines"]}
    assert {id: row["state"] for id, row in lines.items()} == {
        first.ro_line_id: "reserved", second.ro_line_id: "backordered", pads.ro_line_id: "backordered",
        unknown.ro_line_id: "backordered",
    }  # fmt: skip
    assert {row["promised_at"] for row in lines.values()} == {NOON + timedelta(days=1)}
    assert lines[unknown.ro_line_id]["eta_at"] is None
    assert lines[pads.ro_line_id]["eta_at"] == NOON + timedelta(days=3)
    levels = {row["part_no"]: row for row in state["stock_levels"]}
    assert (levels["04152-YZZA1"]["reserved_milli"], levels["04152-YZZA1"]["waiting_milli"]) == (6_000, 5_000)


async def test_the_newest_authorisation_decides_which_lines_are_kept(database: Database) -> None:
    """P2, P3.  What a newer version leaves out is given back, and who waits gets it; what it names again is wanted again."""
    ro, job = new_id(), new_id()
    labour = a_labour_line(job)
    large, small, pads, again = (
        a_line_for(job, 8_000), a_line_for(job, 3_000), a_line_for(job, part_no=BRAKE_PADS), a_line_for(job, 2_000),
    )  # fmt: skip
    facts = [
        authorised_work(labour, large, small, pads, again, ro_id=ro, version=2),
        authorised_work(labour, small, ro_id=ro, version=3, promised_at=NOON),
        authorised_work(labour, small, again, ro_id=ro, version=4),
    ]
    state = await every_order_leads_to_one_state(
        facts, service="parts", hears=HEARS, database=database, metadata=Base.metadata, given=a_store_with_some_stock,
        ignoring=["stock_movements.*", "goods_receipts.*", "stock_levels.seq", "part_lines.version", "state_seq", *OFFERS],
    )  # fmt: skip
    lines = {row["id"]: row for row in state["part_lines"]}
    assert {id: row["state"] for id, row in lines.items()} == {
        large.ro_line_id: "withdrawn", small.ro_line_id: "reserved", pads.ro_line_id: "withdrawn",
        again.ro_line_id: "reserved",
    }  # fmt: skip
    levels = {row["part_no"]: row for row in state["stock_levels"]}
    assert (levels["04152-YZZA1"]["reserved_milli"], levels["04152-YZZA1"]["waiting_milli"]) == (5_000, 0)
    assert levels[BRAKE_PADS]["waiting_milli"] == 0
