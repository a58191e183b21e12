"""English in the code, Chinese in the catalogue, nothing in between."""

from datetime import UTC, datetime

import pytest
from babel.messages.pofile import read_po

from services.console.rendering import environment
from services.console.texts import LOCALE, clock_time, extracted, plate_parts, translations
from services.console.translating import chinese

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def test_the_template_of_the_catalogues_is_what_the_code_holds_now() -> None:
    with (LOCALE / "messages.pot").open("rb") as file:
        kept = read_po(file)
    assert {message.id for message in kept} == {message.id for message in extracted()}


def test_every_text_has_its_chinese_and_none_is_a_guess() -> None:
    catalogue = chinese()
    texts = [message for message in catalogue if message.id]
    assert {message.id for message in texts} == {message.id for message in extracted() if message.id}
    for message in texts:
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(words) and not message.fuzzy, message.id
        assert not list(message.check(catalogue)), message.id


def test_cars_are_counted_in_both_languages() -> None:
    assert translations("zh").ngettext("%(num)s more car", "%(num)s more cars", 4) == "还有 %(num)s 台"
    assert environment("en").from_string("{{ ngettext('%(num)s more car', '%(num)s more cars', 1) }}").render() == "1 more car"


@pytest.mark.parametrize(
    ("zone", "told"), [("Asia/Shanghai", "12:00"), ("America/New_York", "23:00"), ("UTC", "04:00")]
)  # fmt: skip
def test_times_are_those_of_the_store(zone: str, told: str) -> None:
    assert clock_time(NOON, zone, NOON) == told


def test_another_day_is_named() -> None:
    assert clock_time(NOON, "Asia/Shanghai", NOON.replace(day=20)) == "11/21 12:00"


@pytest.mark.parametrize(
    ("plate", "parts"), [("粤B8K2M7", ("粤B", "8K2M7")), ("粤B·8K2M7", ("粤B", "8K2M7")), ("ABC 1234", ("", "ABC1234"))]
)
def test_a_plate_is_divided_where_its_dot_stands(plate: str, parts: tuple[str, str]) -> None:
    assert plate_parts(plate) == parts
