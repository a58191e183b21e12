"""What can be written for the front desk."""

from typing import Literal

from shared.fields import Body, LongText


class WriteNote(Body):
    """In words that the customer understands."""

    stage: Literal["before", "during", "after"]
    words: LongText
