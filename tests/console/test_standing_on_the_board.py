"""Where a car stands follows from the newest facts about it."""

from collections.abc import Callable

import pytest

from services.console.domain import Car, Standing, Told, standing
from shared.events import Event
from tests.console.words import NOON, AStay

pytestmark = pytest.mark.usefixtures("at_noon")


def where(*facts: Event) -> Standing:
    return standing([Told(fact, NOON) for fact in facts])


@pytest.mark.parametrize(
    ("stage", "story"),
    [
        ("checked_in", lambda stay: []),
        ("authorised", lambda stay: [stay.authorised()]),
        ("waiting_parts", lambda stay: [stay.authorised(), stay.backordered()]),
        ("ready", lambda stay: [stay.authorised(), stay.backordered(), stay.reserved()]),
        ("in_work", lambda stay: [stay.authorised(), stay.reserved(), stay.dispatched(stay.oil)]),
        ("ready", lambda stay: [stay.authorised(), stay.reserved(), stay.dispatched(stay.oil), stay.set_back(stay.oil)]),
        ("rework", lambda stay: [stay.authorised(), stay.dispatched(stay.oil), stay.failed(stay.oil)]),
        ("in_work", lambda stay: [stay.authorised(), stay.failed(stay.oil), stay.dispatched(stay.oil, 3)]),
        ("ready", lambda stay: [stay.authorised(), stay.issued(), stay.completed(stay.oil)]),
        ("completed", lambda stay: [stay.authorised(), stay.completed(stay.oil), stay.completed(stay.brakes)]),
        ("settled", lambda stay: [stay.authorised(), stay.completed(stay.oil), stay.completed(stay.brakes), stay.invoiced()]),
        ("delivered", lambda stay: [stay.authorised(), stay.delivered()]),
        ("cancelled", lambda stay: [stay.cancelled()]),
        ("cancelled", lambda stay: [stay.authorised(), stay.reserved(), stay.cancelled(), stay.without_work()]),
        ("surveyed", lambda stay: [stay.delivered(), stay.answered()]),
    ],
)
def test_a_car_stands_where_the_facts_have_brought_it(stage: str, story: Callable[[AStay], list[Event]]) -> None:
    """W1."""
    stay = AStay()
    assert where(stay.checked_in(), *story(stay)).stage == stage


@pytest.mark.parametrize(
    ("stage", "story"),
    [
        ("ready", lambda stay: [stay.with_services(None, jobs=False)]),
        ("ready", lambda stay: [stay.with_services(30, None, jobs=False)]),
        ("completed", lambda stay: [stay.with_services(30, 95, jobs=False)]),
        ("in_work", lambda stay: [stay.with_services(None), stay.completed(stay.oil), stay.completed(stay.brakes)]),
        ("completed", lambda stay: [stay.with_services(95), stay.completed(stay.oil), stay.completed(stay.brakes)]),
        ("authorised", lambda stay: [stay.with_services(95)]),
    ],
)
def test_a_car_is_not_done_before_its_papers_and_other_firms_are(stage: str, story: Callable[[AStay], list[Event]]) -> None:
    """R15, W1: alone on the order or beside jobs."""
    stay = AStay()
    seen = where(stay.checked_in(), *story(stay))
    assert seen.stage == stage
    assert seen.since == (stay.at(95) if stage == "completed" else seen.since)


def test_a_car_in_work_still_shows_the_parts_it_waits_for() -> None:
    """P3, W1."""
    stay = AStay()
    seen = where(stay.authorised(), stay.dispatched(stay.oil), stay.backordered(eta_at=stay.at(90)))
    assert (seen.stage, seen.short_lines, seen.eta_at) == ("in_work", 1, stay.at(90))


def test_a_line_that_is_no_longer_authorised_holds_nobody_up() -> None:
    stay, other = AStay(), AStay()
    withdrawn = other.backordered().model_copy(update={"ro_id": stay.ro_id})
    assert where(stay.authorised(), stay.reserved(), withdrawn).stage == "ready"


def test_without_a_date_for_one_part_the_car_has_no_date() -> None:
    """P3."""
    stay, other = AStay(), AStay()
    assert where(stay.backordered(eta_at=stay.at(90)), other.backordered()).eta_at is None


def test_a_rejected_claim_is_not_open() -> None:
    """C2."""
    stay = AStay()
    submitted, decided, _ = stay.claimed()
    assert where(submitted).claims_open == 1
    assert where(submitted, decided.model_copy(update={"outcome": "rejected"})).claims_open == 0


def test_an_older_fact_of_the_same_kind_changes_nothing() -> None:
    stay = AStay()
    car = Car.stub(stay.ro_id, stay.store_id)
    assert car.learn(stay.dispatched(stay.oil, 3, "T02"), NOON)
    touched = car.touched_at
    assert not car.learn(stay.dispatched(stay.oil, 1, "T01"), NOON)
    assert (car.technicians, car.touched_at) == (["T02"], touched)
