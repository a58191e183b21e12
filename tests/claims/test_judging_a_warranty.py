"""What the maker covers: months and km, both inclusive, by the repair date; whatever is not known speaks against the claim."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain import judge
from services.claims.domain.warranty import in_force, outside
from shared.clock import months_later
from tests.claims.words import MODEL, a_drafted_claim, a_policy, a_repair_order, a_vehicle, codes

pytestmark = pytest.mark.usefixtures("at_noon")
ZONE = "Asia/Shanghai"
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
MONTHS = st.integers(1, 600)


@given(DAYS, MONTHS)
def test_the_last_day_of_a_warranty_is_covered_and_the_next_is_not(in_service_on: date, months: int) -> None:
    """C1: inclusive, for every day and length."""
    last = months_later(in_service_on, months)
    assert not outside(in_service_on, months, last)
    assert outside(in_service_on, months, last + timedelta(days=1))


@given(DAYS, MONTHS)
def test_so_many_months_later_is_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int) -> None:
    """C1: end of month."""
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])


@given(DAYS, MONTHS, st.integers(0, 3_000))
def test_a_longer_warranty_never_covers_less(in_service_on: date, months: int, days: int) -> None:
    day = in_service_on + timedelta(days=days)
    assert outside(in_service_on, months, day) >= outside(in_service_on, months + 1, day)


@pytest.mark.parametrize(
    ("in_service_on", "months", "last"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
    ],
)
def test_months_that_end_early_end_on_their_last_day(in_service_on: date, months: int, last: date) -> None:
    """C1."""
    assert months_later(in_service_on, months) == last


@pytest.mark.parametrize(("km", "failures"), [(60_000, []), (60_001, ["km_exceeded"])])
def test_the_last_kilometre_of_a_warranty_is_covered(km: int, failures: list[str]) -> None:
    """C1: inclusive."""
    assert judge(a_repair_order(odometer_km=km), a_vehicle(), [a_policy()], time_zone=ZONE).failures == failures


def test_a_late_claim_is_judged_by_the_repair_date_and_not_by_today() -> None:
    """C1: checked in on the last day, judged years after."""
    vehicle = a_vehicle(in_service_on="2020-05-31")
    on_time, late = date(2022, 5, 31), date(2022, 6, 1)
    policies = [a_policy(months=24)]
    assert judge(a_repair_order(opened_on=on_time), vehicle, policies, time_zone=ZONE).failures == []
    assert judge(a_repair_order(opened_on=late), vehicle, policies, time_zone=ZONE).failures == ["months_exceeded"]


def test_a_missing_policy_fails_closed() -> None:
    """C1: no row, another brand, or one that is not valid yet: nothing is covered."""
    later = a_policy(valid_from=datetime(2026, 11, 22, tzinfo=UTC))
    for policies in ([], [a_policy(brand="Audi")], [a_policy(model="Camry")], [a_policy(store_id="hz01")], [later]):
        judgement = judge(a_repair_order(), a_vehicle(), policies, time_zone=ZONE)
        assert (judgement.failures, judgement.policy) == (["no_policy"], None)


def test_an_unknown_vehicle_fails_closed() -> None:
    """C1."""
    assert judge(a_repair_order(), None, [a_policy()], time_zone=ZONE).failures == ["vehicle_unknown"]


def test_all_failures_are_told_at_once() -> None:
    """C1: one round trip shows everything that must be mended."""
    claim = a_drafted_claim(cause="  ", issued=False)
    old = a_vehicle(nature="no_warranty", in_service_on="2010-01-01")
    claim.validate(a_repair_order(odometer_km=300_000), old, [a_policy()], ZONE)
    assert codes(claim.failures) == {"nature_not_covered", "months_exceeded", "km_exceeded", "cause_missing", "part_not_issued"}
    claim.validate(a_repair_order(), a_vehicle(nature="no_warranty", in_service_on=None), [], ZONE)
    assert codes(claim.failures) == {
        "nature_not_covered",
        "in_service_unknown",
        "no_policy",
        "cause_missing",
        "part_not_issued",
    }
    assert claim.state == "invalid"


def test_the_stores_policy_goes_before_the_groups_and_the_models_before_the_brands() -> None:
    """C1: store and model, store and brand, all and model, all and brand."""
    order, vehicle = a_repair_order(), a_vehicle(brand="TOYOTA")
    by_rank = [
        a_policy(store_id="sh01", model=MODEL),
        a_policy(store_id="sh01"),
        a_policy(model=MODEL.lower()),
        a_policy(),
    ]
    while by_rank:
        assert judge(order, vehicle, reversed(by_rank), time_zone=ZONE).policy is by_rank[0]
        by_rank.pop(0)


def test_the_newest_policy_of_the_repair_date_counts() -> None:
    """C1: a policy of tomorrow does not judge a repair of today, in the store's own calendar."""
    first = a_policy(version=1)
    second = a_policy(version=2, valid_from=datetime(2026, 11, 20, 16, 0, tzinfo=UTC))
    vehicle = a_vehicle()

    def policy_on(day: int) -> object:
        return in_force([second, first], vehicle, store_id="sh01", time_zone=ZONE, on=date(2026, 11, day))

    assert policy_on(20) is first
    assert policy_on(21) is second, "16:00 UTC on the 20th is midnight of the 21st in Shanghai"
