"""What the vehicle-sales system says of a sold car (K10), once or often, late or corrected, beside what the counter knows."""

from datetime import date
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.reception.domain import Base
from services.reception.inbox import HEARS
from shared import clock
from shared.database import new_id
from shared.events.sales import VehicleSold
from shared.refusal import Refused
from tests.convergence import every_order_leads_to_one_state
from tests.reception.counter import Counter, Told
from tests.reception.words import NOON, a_sale, a_vin

pytestmark = pytest.mark.usefixtures("at_noon")
_numbers = iter(range(555_000, 556_000))


def a_new_vin() -> str:
    return a_vin(next(_numbers))


def somebody(**fields: Any) -> dict[str, Any]:
    """A buyer whom nobody knows yet."""
    number = next(_numbers)
    return {"name": f"钱{number}", "phone": f"136 00{number}"} | fields


async def the_car(counter: Counter, vin: str) -> Told:
    [car] = (await counter.get("/vehicles", vin=vin)).json()["items"]
    return dict(car)


async def owners(counter: Counter, car: Told) -> list[tuple[str, str | None, str | None]]:
    items = (await counter.get(f"/vehicles/{car['id']}/owners")).json()["items"]
    return [(item["customer_id"], item["owned_from_on"], item["owned_until_on"]) for item in items]


async def test_a_sold_car_opens_both_files(counter: Counter) -> None:
    """K10: customer, car, begin of the warranty, first maintenance after six months or 5,000 km."""
    vin, buyer = a_new_vin(), somebody()
    await counter.hear(a_sale(vin, **buyer))
    car = await the_car(counter, vin)
    assert (car["nature"], car["in_service_on"], car["plate"]) == ("three_guarantee", "2026-11-20", "")
    assert (car["first_maintenance_on"], car["first_maintenance_km"]) == ("2027-05-20", 5_000)
    customer = await counter.file(car["customer_id"])
    assert (customer["name"], customer["phone"], customer["channel"]) == (buyer["name"], buyer["phone"], "wechat")
    [word] = (await counter.get(f"/customers/{customer['id']}/consents")).json()["items"]
    assert (word["purpose"], word["given"], word["channel"]) == ("service_calls", True, "sale")
    assert await owners(counter, car) == [(customer["id"], "2026-11-20", None)]
    [told] = await counter.said("vehicle_identified", car["id"])
    assert (told["vin"], told["in_service_on"]) == (vin, "2026-11-20")
    assert len(await counter.said("contact_changed", customer["id"])) == 1
    [opened] = await counter.said("vehicle_file_opened", car["id"])
    assert (opened["customer_id"], opened["first_maintenance_on"]) == (customer["id"], "2027-05-20")
    assert (await counter.get("/arrivals", store_id="sh01", vin=vin)).json()["items"][0]["returning"] is False


async def test_a_sale_that_is_said_again_changes_nothing(counter: Counter) -> None:
    """The same version under another event id, and an older one."""
    vin, sale, buyer = a_new_vin(), new_id(), somebody()
    await counter.hear(a_sale(vin, sale, version=2, **buyer))
    before = await the_car(counter, vin)
    await counter.hear(a_sale(vin, sale, version=2, **buyer, consent=False), a_sale(vin, sale, version=1, **somebody()))
    assert await the_car(counter, vin) == before
    assert (await counter.file(before["customer_id"]))["consent"] is True


async def test_a_known_buyer_keeps_the_file_as_it_is(counter: Counter) -> None:
    """Found by phone, however it is written, and name; nothing of the file is overwritten."""
    buyer = somebody()
    known = await counter.a_customer(**buyer, consent=False)
    vin = a_new_vin()
    await counter.hear(a_sale(vin, name=buyer["name"], phone=buyer["phone"].replace(" ", "-")))
    assert (await the_car(counter, vin))["customer_id"] == known["id"]
    file = await counter.file(known["id"])
    assert (file["phone"], file["channel"], file["consent"], file["version"]) == (
        buyer["phone"],
        "phone",
        False,
        known["version"],
    )


async def test_somebody_else_with_the_same_phone_gets_a_file_of_their_own(counter: Counter) -> None:
    buyer = somebody()
    other = await counter.a_customer(**buyer | {"name": "别人"})
    vin = a_new_vin()
    await counter.hear(a_sale(vin, **buyer))
    assert (await the_car(counter, vin))["customer_id"] != other["id"]


async def test_a_buyer_whose_file_was_given_up_is_the_one_that_holds(counter: Counter) -> None:
    buyer = somebody()
    known, holds = await counter.a_customer(**buyer), await counter.a_customer()
    await counter.change(f"/customers/{known['id']}/merge", {"into_customer_id": holds["id"]}, "store_manager")
    vin = a_new_vin()
    await counter.hear(a_sale(vin, **buyer))
    assert (await the_car(counter, vin))["customer_id"] == holds["id"]


async def test_a_car_of_the_stock_becomes_the_buyers(counter: Counter) -> None:
    """R12, K10: it was prepared at the counter before, and keeps its file; the plate that is known stays."""
    house = await counter.a_customer(kind="company", name="本店")
    with clock.stopped(NOON.replace(day=20)):  # the day of the sale itself
        car = await counter.a_vehicle(house["id"], nature="no_warranty")
    await counter.hear(a_sale(car["vin"], **somebody()))
    now = await the_car(counter, car["vin"])
    assert (now["id"], now["plate"], now["brand"], now["nature"]) == (car["id"], car["plate"], "Shenlan", "three_guarantee")
    assert now["customer_id"] != house["id"]
    assert await owners(counter, car) == [(now["customer_id"], "2026-11-20", None), (house["id"], "2026-11-20", "2026-11-20")]
    [said] = await counter.said("vehicle_owner_changed", car["id"])
    assert (said["customer_id"], said["previous_customer_id"]) == (now["customer_id"], house["id"])


async def test_what_the_counter_wrote_down_after_the_sale_goes_before_it(counter: Counter) -> None:
    """Never silently overwritten: only blanks are filled, and the buyer stands in the car's history."""
    owner = await counter.a_customer()
    car = await counter.a_vehicle(owner["id"])
    await counter.hear(a_sale(car["vin"], **somebody(), plate="沪D00001"))
    now = await the_car(counter, car["vin"])
    assert (now["customer_id"], now["plate"], now["brand"], now["nature"]) == (
        owner["id"],
        car["plate"],
        "Volkswagen",
        "private",
    )
    assert now["in_service_on"] == "2026-11-20", "nobody knew it"
    [present, buyer] = await owners(counter, car)
    assert (present[0], buyer[1:]) == (owner["id"], ("2026-11-20", "2026-11-21"))
    assert await counter.said("vehicle_owner_changed", car["id"]) == []


async def test_a_car_that_is_sold_on_takes_its_first_maintenance_along(counter: Counter) -> None:
    """The reminder follows the owner; a repeated sale does not bring the first one back."""
    vin, sale, buyer = a_new_vin(), new_id(), somebody()
    await counter.hear(a_sale(vin, sale, **buyer))
    car, wife = await the_car(counter, vin), await counter.a_customer()
    await counter.change(f"/vehicles/{car['id']}/owner", {"customer_id": wife["id"]})
    opened = await counter.said("vehicle_file_opened", car["id"])
    assert [fact["customer_id"] for fact in opened] == [car["customer_id"], wife["id"]]
    await counter.hear(a_sale(vin, sale, version=7, **buyer))
    assert (await the_car(counter, vin))["customer_id"] == wife["id"]


async def test_a_corrected_sale_corrects_the_file_that_it_opened(counter: Counter) -> None:
    vin, sale, buyer = a_new_vin(), new_id(), somebody()
    await counter.hear(a_sale(vin, sale, **buyer))
    days: dict[str, Any] = {"sold_on": date(2026, 11, 18), "in_service_on": date(2026, 11, 19)}
    await counter.hear(a_sale(vin, sale, version=2, **buyer | {"name": "钱多"}, **days))
    car = await the_car(counter, vin)
    assert (await counter.file(car["customer_id"]))["name"] == "钱多"
    assert (car["in_service_on"], car["first_maintenance_on"]) == ("2026-11-19", "2027-05-19")
    assert await owners(counter, car) == [(car["customer_id"], "2026-11-18", None)]
    assert [fact["first_maintenance_on"] for fact in await counter.said("vehicle_file_opened", car["id"])] == [
        "2027-05-20", "2027-05-19",
    ]  # fmt: skip


async def test_a_corrected_sale_leaves_a_file_alone_that_the_counter_wrote_to(counter: Counter) -> None:
    vin, sale, buyer = a_new_vin(), new_id(), somebody()
    await counter.hear(a_sale(vin, sale, **buyer))
    customer_id = (await the_car(counter, vin))["customer_id"]
    told = {"name": "钱先生", "phone": "139 0013 9000", "consent": False}
    await counter.change(f"/customers/{customer_id}/contact", told)
    await counter.hear(a_sale(vin, sale, version=2, **buyer | {"name": "钱多"}))
    file = await counter.file(customer_id)
    assert (file["name"], file["phone"], file["consent"]) == ("钱先生", "139 0013 9000", False)


def sold_twice(vin: str) -> list[VehicleSold]:
    """New to one, used to another; both sales were corrected afterwards."""
    sale, resale, first, second = new_id(), new_id(), somebody(), somebody()
    new: dict[str, Any] = first | {"in_service_on": date(2024, 2, 2)}
    used: dict[str, Any] = second | {"in_service_on": date(2024, 2, 2)}
    return [
        a_sale(vin, sale, **new, sold_on=date(2024, 2, 1)),
        a_sale(vin, sale, version=2, **new, sold_on=date(2024, 1, 31)),
        a_sale(vin, resale, **used, sold_on=date(2026, 3, 1), plate="沪C11111"),
        a_sale(vin, resale, version=5, **used, sold_on=date(2026, 3, 4), plate="沪C22222"),
    ]


async def test_the_sales_of_an_unknown_car_in_any_order_open_the_same_files(counter: Counter) -> None:
    """Owner, days, history and first maintenance, with whom it is due."""
    for order in permutations(range(4)):
        vin = a_new_vin()
        facts = sold_twice(vin)
        for which in order:
            await counter.hear(facts[which])
        car = await the_car(counter, vin)
        assert (car["plate"], car["in_service_on"]) == ("沪C22222", "2024-02-02"), order
        assert (await counter.file(car["customer_id"]))["name"] == facts[-1].name, order
        [present, past] = await owners(counter, car)
        assert (present[1:], past[1:]) == (("2026-03-04", None), ("2024-01-31", "2026-03-04")), order
        opened = (await counter.said("vehicle_file_opened", car["id"]))[-1]
        assert (opened["customer_id"], opened["first_maintenance_on"]) == (car["customer_id"], "2024-08-02"), order


async def test_the_words_on_a_known_car_in_any_order_lead_to_one_state(counter: Counter) -> None:
    """Reliability promise 8: every row, with repetitions, in batches of any size."""
    house = await counter.a_customer(kind="company", name="本店")
    with clock.stopped(NOON.replace(year=2023)):
        car = await counter.a_vehicle(house["id"])
    state = await every_order_leads_to_one_state(
        sold_twice(car["vin"]),
        service="reception",
        hears=HEARS,
        database=counter.database,
        metadata=Base.metadata,
        ignoring=["version", "opened_version", "consents.id"],
    )
    [known] = [row for row in state["vehicles"] if row["id"] == UUID(car["id"])]
    assert (known["plate"], known["brand"], known["first_maintenance_on"]) == ("沪C22222", "Shenlan", date(2024, 8, 2))
    mine = [row for row in state["vehicle_owners"] if row["vehicle_id"] == UUID(car["id"])]
    assert sorted(str(row["owned_until_on"]) for row in mine) == ["2024-01-31", "2026-03-04", "None"]


async def test_a_used_car_is_reminded_of_no_first_maintenance(counter: Counter) -> None:
    vin = a_new_vin()
    await counter.hear(a_sale(vin, **somebody(), in_service_on=date(2022, 1, 1)))
    car = await the_car(counter, vin)
    assert (car["first_maintenance_on"], await counter.said("vehicle_file_opened", car["id"])) == (None, [])


async def test_a_store_sets_when_the_first_maintenance_is_due(counter: Counter) -> None:
    own = {"value": {"first_after_months": 3, "first_after_km": 3_000}, "valid_from": "2026-01-01T00:00:00Z"}
    assert (
        await counter.post("/stores/hz01/policies/first_maintenance", own, "store_manager", store="hz01")
    ).status_code == 201
    vin = a_new_vin()
    await counter.hear(a_sale(vin, **somebody(), store="hz01", sold_on=date(2026, 8, 31), in_service_on=date(2026, 8, 31)))
    car = await the_car(counter, vin)
    assert (car["first_maintenance_on"], car["first_maintenance_km"]) == ("2026-11-30", 3_000)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"vin": "LSVAU218037E00077"}, "vin_check_digit"),
        ({"sold_on": date(2026, 12, 24)}, "sale_days_wrong"),
        ({"in_service_on": date(9999, 12, 31)}, "sale_days_wrong"),
        ({"sold_on": date(1, 1, 1)}, "sale_days_wrong"),
        ({"store": "zz99"}, "store_unknown"),
    ],
)
async def test_a_sale_that_cannot_be_true_is_refused_and_leaves_nothing(
    counter: Counter, fields: dict[str, Any], code: str
) -> None:
    fact = a_sale(**({"vin": a_new_vin()} | somebody() | fields))
    if code == "vin_check_digit":
        wrong = a_vin(next(_numbers), prefix="LSVAU218?7E")
        fact = fact.model_copy(update={"vin": f"{wrong[:8]}{'1' if wrong[8] != '1' else '2'}{wrong[9:]}"})
    with pytest.raises(Refused) as refused:
        await counter.hear(fact)
    assert refused.value.code == code
    assert (await counter.get("/customers", name=fact.name)).json()["items"] == []


async def test_a_sale_keeps_its_car(counter: Counter) -> None:
    sale = new_id()
    await counter.hear(a_sale(a_new_vin(), sale, **somebody()))
    with pytest.raises(Refused, match="sale_of_another_car"):
        await counter.hear(a_sale(a_new_vin(), sale, version=2, **somebody()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"vin": "SHORT"}, {"vin": "WVWZZZ3C07E00000O"}, {"phone": "1"}, {"name": " "}, {"name": "x\u0007"}, {"kind": "ghost"},
        {"nature": "odd"}, {"consent": "yes"}, {"sold_on": "soon"}, {"channel": "pigeon"}, {"plate": "x"}, {"brand": "b" * 81},
    ],
)  # fmt: skip
def test_a_sale_that_cannot_be_meant_cannot_be_read(wrong: dict[str, Any]) -> None:
    """The neighbour's facts are checked as requests are: such a letter is dead at the first call."""
    told = a_sale(a_vin(1)).model_dump(exclude={"about"})
    about = a_sale(a_vin(1)).about
    assert VehicleSold.model_validate(told | {"about": about})
    with pytest.raises(ValueError, match="validation error"):
        VehicleSold.model_validate(told | wrong | {"about": about})
