"""The vehicle's file: VIN check digits and odometers that do not run backwards unexplained."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reception.domain import check_digit
from shared.refusal import Invalid, Refused
from tests.reception.words import NOON, STORE, a_vehicle, a_vin

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.mark.parametrize(("vin", "digit"), [("1M8GDM9AXKP042788", "X"), ("1" * 17, "1")])
def test_known_vins_have_their_check_digit(vin: str, digit: str) -> None:
    assert check_digit(vin) == digit == vin[8]


@given(st.integers(0, 10**6 - 1), st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_misread_digit_changes_the_check_digit_or_nothing(number: int, place: int, misread: str) -> None:
    """The weights are prime to 11, so that every single wrong digit is found (except in the check digit itself)."""
    vin = a_vin(number, prefix="12345678?90")
    wrong = f"{vin[:place]}{misread}{vin[place + 1 :]}"
    assert wrong == vin or check_digit(wrong) != wrong[8]


def test_a_car_built_in_china_with_a_wrong_check_digit_is_refused() -> None:
    right = a_vin(7, prefix="LSVAU218?7E")
    assert a_vehicle(right).warnings == []
    wrong = f"{right[:8]}{'1' if right[8] != '1' else '2'}{right[9:]}"
    with pytest.raises(Invalid) as refused:
        a_vehicle(wrong)
    assert (refused.value.code, refused.value.field) == ("vin_check_digit", "body.vin")
    assert wrong not in str(refused.value)


def test_an_imported_car_with_a_wrong_check_digit_is_accepted_with_a_warning() -> None:
    wrong = a_vin(7).replace("WVWZZZ3C", "WVWZZZ3D")
    assert a_vehicle(wrong).warnings == ["vin_check_digit"]


def test_an_odometer_that_shows_less_than_before_needs_a_reason() -> None:
    """R2."""
    car = a_vehicle(odometer_km=42_000)
    with pytest.raises(Refused) as refused:
        car.check_in(41_999, at=NOON, store_id=STORE)
    assert (refused.value.code, refused.value.parameters) == ("odometer_runs_backwards", {"last_km": 42_000, "read_km": 41_999})
    assert (car.odometer_km, car.visits) == (42_000, 0)

    car.check_in(12, at=NOON, store_id=STORE, reset_reason="cluster replaced")
    assert (car.odometer_km, car.odometer_read_at, car.odometer_store, car.visits) == (12, NOON, STORE, 1)


def test_every_change_of_the_file_moves_its_version() -> None:
    car = a_vehicle()
    before = car.version
    car.check_in(10, at=NOON, store_id=STORE)
    assert car.version == before + 1
