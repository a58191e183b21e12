"""Brings the catalogues up to date with code and templates: `python -m services.console.translating`."""

import sys

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from services.console.texts import LOCALE, extracted

HEADER = "# Texts of the console.  Brought up to date by `python -m services.console.translating`."


def chinese() -> Catalog:
    """The catalogue as it lies in locale/, or an empty one."""
    file = LOCALE / "zh_CN.po"
    if not file.exists():
        return Catalog(locale="zh_CN", project="Loop4S console", charset="utf-8", fuzzy=False)
    with file.open("rb") as opened:
        return read_po(opened, locale="zh_CN")


def bring_up_to_date() -> list[str]:
    """Write messages.pot and zh_CN.po; the texts that have no translation."""
    template, catalogue = extracted(), chinese()
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for name, written in (("messages.pot", template), ("zh_CN.po", catalogue)):
        written.header_comment = HEADER
        written.msgid_bugs_address = written.last_translator = written.language_team = ""
        with (LOCALE / name).open("wb") as file:
            write_po(file, written, width=128, sort_output=True, no_location=False, include_lineno=False)
    return [str(message.id) for message in catalogue if message.id and not _is_translated(message.string)]


def _is_translated(words: object) -> bool:
    return all(words) if isinstance(words, tuple | list) else bool(words)


if __name__ == "__main__":
    for missing in bring_up_to_date():
        sys.stdout.write(f"not translated: {missing}\n")
