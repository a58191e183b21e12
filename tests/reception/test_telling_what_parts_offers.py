"""The advisor sees prices and stock of parts while the customer waits (R5)."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import text

from services.reception.domain import Base, PartOffer
from services.reception.inbox import HEARS
from services.reception.queries.offers import offers
from shared import clock
from shared.database import Database, new_id
from shared.events import About
from shared.events.parts import PartOffered
from tests.convergence import every_order_leads_to_one_state
from tests.reception.counter import Counter
from tests.reception.test_deciding_line_by_line import AGREED
from tests.reception.words import NOON, STORE, labour, part

PLACES = UUID("01a1ff00-0000-7000-8000-00000000000f")


def offered(
    part_no: str, free_milli: int, version: int = 1, *, epoch: int = 1, store: str = STORE, **fields: Any
) -> PartOffered:
    """What the store says of the part."""
    told: dict[str, Any] = {"name_zh": "前刹车片", "name_en": "Front brake pads", "unit": "set", "genuine": True,
                            "list_price_fen": 45_500, "lead_time_days": 2, "offered_at": NOON} | fields  # fmt: skip
    about = About(subject=uuid5(PLACES, f"{store} {part_no}"), version=version, epoch=epoch, store_id=store)
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
    assert [(each["free_milli"], each["enough"], each["lead_time_days"], each["expected_on"]) for each in found] == [
        (1_500, False, 2, in_two_days), (9_000, True, 2, None), (1_500, False, 2, in_two_days), (None, False, None, None),
    ]  # fmt: skip
    await counter.hear(offered(pads, 2_000, 2))
    found = (await counter.get(f"{path}/part-availability")).json()["items"]
    assert [each["enough"] for each in found] == [True, True, True, False]
    assert (await counter.get(f"{path}/part-availability", store="sh02")).status_code == 404


async def test_what_is_agreed_is_reserved_and_asked_for_no_more(counter: Counter, pads: str) -> None:
    """R5, P2: the order's own reservation does not count against it."""
    await counter.hear(offered(pads, 1_000))
    order = await counter.an_authorised_order(labour("a"), part("a", part_no=pads))
    await counter.hear(offered(pads, 0, 2))
    assert (await counter.get(f"/repair-orders/{order['id']}/part-availability")).json()["items"] == []


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
    exactly = (await counter.get("/stores/sh01/part-offers", part_no=pads)).json()["items"]
    assert [each["part_no"] for each in exactly] == [pads]
    assert (await counter.get("/stores/sh01/part-offers", q="后刹车片", part_no=pads)).json()["items"] == []
    first = (await counter.get("/stores/sh01/part-offers", q=pads, limit=1)).json()
    second = (await counter.get("/stores/sh01/part-offers", q=pads, limit=1, cursor=first["next"])).json()
    assert [each["part_no"] for each in (*first["items"], *second["items"])] == [pads, f"{pads}-2"]
    assert (await counter.get("/stores/sh01/part-offers", q="%")).json()["items"] == []
    assert (await counter.get("/stores/sh02/part-offers")).status_code == 404


@pytest.mark.usefixtures("at_noon")
async def test_offers_in_any_order_end_with_the_newest(database: Database, pads: str) -> None:
    """A department that was restored counts from one again in a new epoch, which is newer than all before."""
    facts = [offered(pads, 1_000), offered(pads, 0, 2), offered(pads, 4_000, 3, list_price_fen=39_900),
             offered(pads, 2_000, 1, epoch=2, list_price_fen=None)]  # fmt: skip
    state = await every_order_leads_to_one_state(
        facts, service="reception", hears=HEARS, database=database, metadata=Base.metadata
    )
    [row] = [row for row in state["part_offers"] if row["part_no"] == pads]
    assert (row["free_milli"], row["list_price_fen"], row["told_epoch"], row["told_version"]) == (2_000, None, 2, 1)


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
        page = offers("hz01", None, None).order_by(PartOffer.part_no).limit(51)
        asked = page.compile((await session.connection()).sync_engine, compile_kwargs={"literal_binds": True})
        plan = await session.execute(text(f"EXPLAIN {asked}"))
        assert "ix_part_offers_part_no" in "".join(row[0] for row in plan)
        await session.rollback()


async def test_what_was_declined_is_asked_for_no_more(counter: Counter, pads: str) -> None:
    """R5: the parts of work that the customer does not want are not waited for."""
    order = await counter.walked_around(await counter.a_check_in())
    path = f"/repair-orders/{order['id']}"
    lines = [labour("a"), labour("b"), part("b", part_no=pads)]
    estimate = await counter.made(f"{path}/estimates", {"lines": lines}, version=order["etag"])
    no = [{"line_id": estimate["lines"][1]["id"], "decision": "declined"}]
    await counter.made(f"{path}/authorisation", AGREED | {"decisions": no}, version=estimate["etag"])
    assert (await counter.get(f"{path}/part-availability")).json()["items"] == []
