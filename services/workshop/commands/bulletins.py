"""What can be written in bulletins, and said of them."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from shared.fields import Body, Code, Day, LongText, ShortText

Codes = Annotated[tuple[Code, ...], Field(max_length=100)]
Models = Annotated[tuple[ShortText, ...], Field(max_length=100)]


class WriteBulletin(Body):
    """One bulletin, for cars of these models (empty: all) and these operations and symptoms (both empty: all work on such
    cars)."""

    number: Code
    title_zh: ShortText
    title_en: ShortText
    text_zh: LongText
    text_en: LongText
    source: Literal["maker", "own"] = "maker"
    safety: StrictBool = False
    models: Models = ()
    op_codes: Codes = ()
    concern_codes: Codes = ()
    special_tools: Codes = ()
    valid_from_on: Day
    valid_until_on: Day | None = None


class ImportBulletins(Body):
    """All of these, or none; what is known already stays as it is, what changed becomes a new version."""

    bulletins: Annotated[tuple[WriteBulletin, ...], Field(min_length=1, max_length=500)]


class UseBulletin(Body):
    """The job was worked on by this bulletin."""

    number: Code
    helped: StrictBool
    remark: LongText | None = None
