"""The advisor sees prices and stock of parts while the customer waits (R5)."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import text

from services.reception.domain import Base
from services.reception.inbox import HEARS
from shared import clock
from shared.database import Database, new_id
from shared.events import About
from shared.events.parts import PartOffered
from tests.convergence import every_order_leads_to_one_state
from tests.reception.counter import Counter
from tests.reception.words import NOON, STORE, labour, part

PLACES = UUID("01a1ff00-0000-7000-8000-00000000000f")


def offered(part_no: str, free_milli: int, version: int = 1, *, store: str = STORE, **fields: Any) -> PartOffered:
    """What the store says of the part."""
    told: dict[str, Any] = {"name_zh": "前刹车片", "name_en": "Front brake pads", "unit": "set", "genuine": True,
                            "list_price_fen": 45_500, "lead_time_days": 2, "offered_at": NOON} | fields  # fmt: skip
    about = About(subject=uuid5(PLACES, f"{store} {part_no}"), version=version, store_id=store)
    return PartOffered(about=about, part_no=part_no, free_milli=free_milli, **told)


@pytest.fixture
def pads() -> str:
    """A part number of the test's own."""
    return f"PAD-{new_id().hex[-8:]}"


async def test_the_advisor_sees_while_the_customer_waits_whether_the_parts_are_there(counter: Counter, pads: str) -> None:
    """R5: both lines together need more than lies free; what is short comes in two days."""
    await counter.hear(offered(pads, 1_500), offered(f"{pads}-X", 9_000))
    order = await counter.a_check_in()
    path = f"/repair-orders/{order['id']}"
    lines = [labour("a"), part("a", part_no=pads), part("a", part_no=f"{pads}-X"), part("a", part_no=pads),
             part("a", part_no="NEVER-HEARD-OF")]  # fmt: skip
    await counter.made(f"{path}/estimates", {"lines": lines}, version=order["etag"])
    found = (await counter.get(f"{path}/part-availability")).json()["items"]
    in_two_days = (clock.day_in("Asia/Shanghai") + timedelta(days=2)).isoformat()
    assert [(each["free_milli"], each["enough"], each["expected_on"]) for each in found] == [
        (1_500, False, in_two_days), (9_000, True, None), (1_500, False, in_two_days), (None, False, None),
    ]  # fmt: skip
    await counter.hear(offered(pads, 2_000, 2))
    found = (await counter.get(f"{path}/part-availability")).json()["items"]
    assert [each["enough"] for each in found] == [True, True, True, False]
    assert (await counter.get(f"{path}/part-availability", store="sh02")).status_code == 404


async def test_parts_are_found_by_number_and_by_name_in_the_own_store(counter: Counter, pads: str) -> None:
    """R5: with price and what lies free."""
    await counter.hear(offered(pads, 1_000), offered(f"{pads}-2", 0, name_zh=f"后刹车片{pads}", list_price_fen=None),
                       offered(pads, 7_000, store="sh02"))  # fmt: skip
    found = (await counter.get("/stores/sh01/part-offers", q=pads)).json()["items"]
    assert [(each["part_no"], each["free_milli"], each["list_price_fen"]) for each in found] == [
        (pads, 1_000, 45_500), (f"{pads}-2", 0, None),
    ]  # fmt: skip
    by_name = (await counter.get("/stores/sh01/part-offers", q=f"后刹车片{pads}")).json()["items"]
    assert [each["part_no"] for each in by_name] == [f"{pads}-2"]
    first = (await counter.get("/stores/sh01/part-offers", q=pads, limit=1)).json()
    second = (await counter.get("/stores/sh01/part-offers", q=pads, limit=1, cursor=first["next"])).json()
    assert [each["part_no"] for each in (*first["items"], *second["items"])] == [pads, f"{pads}-2"]
    assert (await counter.get("/stores/sh01/part-offers", q="%")).json()["items"] == []
    assert (await counter.get("/stores/sh02/part-offers")).status_code == 404


@pytest.mark.usefixtures("at_noon")
async def test_offers_in_any_order_end_with_the_newest(database: Database, pads: str) -> None:
    facts = [offered(pads, 1_000), offered(pads, 0, 2), offered(pads, 4_000, 3, list_price_fen=39_900)]
    state = await every_order_leads_to_one_state(
        facts, service="reception", hears=HEARS, database=database, metadata=Base.metadata
    )
    [row] = [row for row in state["part_offers"] if row["part_no"] == pads]
    assert (row["free_milli"], row["list_price_fen"], row["told_version"]) == (4_000, 39_900, 3)


async def test_finding_a_part_reads_its_page_from_an_index(database: Database) -> None:
    """By part number, however many there are."""
    async with database.hearing.begin() as session:
        await session.execute(
            text("""
                INSERT INTO part_offers (id, store_id, cause_id, part_no, name_zh, name_en, unit, genuine, list_price_fen,
                                         free_milli, lead_time_days, told_epoch, told_version)
                SELECT gen_random_uuid(), 'hz01', gen_random_uuid(), 'BULK-' || n, '', '', 'set', true, 1, 0, 1, 1, 1
                  FROM generate_series(1, 20000) AS n
            """)
        )
        await session.execute(text("ANALYZE part_offers"))
        plan = await session.execute(
            text("""
                EXPLAIN SELECT * FROM part_offers WHERE store_id = 'hz01' AND part_no IS NOT NULL ORDER BY part_no LIMIT 51
            """)
        )
        assert "ix_part_offers_part_no" in "".join(row[0] for row in plan)
        await session.rollback()
