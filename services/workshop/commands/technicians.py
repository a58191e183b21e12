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


class ChangeGrade(Body):
    """Another grade; `counts_bp` (the share of their hours that can be sold) left out: what the grade counts."""

    grade: Grade
    counts_bp: BasisPoints | None = None


class ChangeSkills(Body):
    """All skills from now on; the first says the trade."""

    skills: Annotated[list[Code], Field(min_length=1, max_length=20)]


class ChangeCertificates(Body):
    """All certificates from now on."""

    certificates: Annotated[tuple[Certificate, ...], Field(max_length=20)]


class Leave(Body):
    """The first day on which they belong to the store no longer; null: they stay after all."""

    left_on: Day | None
