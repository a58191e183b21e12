"""RO and invoice numbers: gapless per store and the store's own day, whoever acts at the same moment."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from shared import clock
from tests.reception.counter import Counter
from tests.reception.words import labour


async def test_numbers_stay_gapless_when_many_authorise_at_once(counter: Counter) -> None:
    """R7: some authorisations fail, nobody's number is lost or given twice."""
    agreed = {"channel": "in_person", "evidence": "sheet 1", "authorised_by": "王芳"}
    drafts = [await counter.walked_around(await counter.a_check_in(store="hz01")) for _ in range(12)]
    ready = []
    for order in drafts:
        body = {"lines": [labour("brakes")]}
        ready.append(await counter.made(f"/repair-orders/{order['id']}/estimates", body, version=order["etag"], store="hz01"))

    async def authorise(number: int) -> str | None:
        too_early = agreed | ({"promised_at": "2001-01-01T00:00:00Z"} if number % 4 == 3 else {})
        path = f"/repair-orders/{ready[number]['ro_id']}/authorisation"
        answer = await counter.post(path, too_early, store="hz01", version=ready[number]["etag"])
        return answer.json()["ro_no"] if answer.status_code == 201 else None

    given = await asyncio.gather(*(authorise(number) for number in range(12)))
    day = clock.day_in("Asia/Shanghai").strftime("%Y%m%d")
    assert sorted(filter(None, given)) == [f"HZ01-{day}-{number:04d}" for number in range(1, 10)]


async def test_the_number_carries_the_day_where_the_store_is(counter: Counter) -> None:
    """Half past midnight in Shanghai is still yesterday in New York."""
    with clock.stopped(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)):
        shanghai = await counter.an_authorised_order(store="sh02")
        new_york = await counter.an_authorised_order(store="ny01")
    assert (shanghai["ro_no"], shanghai["opened_on"]) == ("SH02-20270101-0001", "2027-01-01")
    assert (new_york["ro_no"], new_york["opened_on"]) == ("NY01-20261231-0001", "2026-12-31")


async def test_invoice_numbers_stay_gapless_when_many_settle_at_once(counter: Counter) -> None:
    """R8: two invoices an order; some settlements come too early, nobody's number is lost or given twice."""
    lines = (labour("brakes"), labour("recall", payer="warranty"))
    early = [await counter.an_authorised_order(*lines, store="hz01") for _ in range(3)]
    orders = [await counter.a_finished_order(*lines, store="hz01") for _ in range(9)]

    async def settle(order: dict[str, Any]) -> list[str]:
        answer = await counter.post(f"/repair-orders/{order['id']}/settlement", store="hz01", version=order["etag"])
        return [invoice["invoice_no"] for invoice in answer.json().get("items", [])]

    given = await asyncio.gather(*(settle(order) for pair in zip(orders, early * 3, strict=True) for order in pair))
    day = clock.day_in("Asia/Shanghai").strftime("%Y%m%d")
    assert sorted(number for numbers in given for number in numbers) == [f"HZ01-I{day}-{n:04d}" for n in range(1, 19)]
