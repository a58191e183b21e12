"""What can be said of the workshop's notes."""

from typing import Annotated

from pydantic import Field

from shared.fields import Body, Id


class ReadNotes(Body):
    """These notes were read, at the workshop, where their words are."""

    note_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=100)]
