"""What can be asked about technicians."""

from typing import Annotated, Literal

from pydantic import Field

from shared.fields import BasisPoints, Body, Code, Day, ShortText

Grade = Literal["apprentice", "technician", "senior", "master", "foreman"]
"""学徒, 技师, 高级技师, 技术专家, 班组长."""


class Certificate(Body):
    """What a technician may do by examination; valid on `valid_until_on` too, for good when left out."""

    code: Code
    valid_until_on: Day | None = None


class AddTechnician(Body):
    """A technician joins the store; `user` is the subject of their access token, `skills` are trades like `mechanical`."""

    code: Code
    name: ShortText
    user: ShortText
    skills: Annotated[list[Code], Field(min_length=1, max_length=20)]
    grade: Grade = "technician"
    counts_bp: BasisPoints | None = None
    """Left out: an apprentice and a foreman 5,000, all others 10,000."""
    certificates: Annotated[tuple[Certificate, ...], Field(max_length=20)] = ()
