"""What can be asked of the proposal."""

from typing import Annotated

from pydantic import Field

from shared.fields import Body, Code, Id

Pairs = Annotated[int, Field(strict=True, ge=1, le=50)]
JobVersion = Annotated[int, Field(strict=True, ge=1)]


class SeenPair(Body):
    """A pair as the proposal showed it; without `job_version` whatever has happened to the job meanwhile does not matter."""

    job_id: Id
    technician: Code
    bay: Code
    job_version: JobVersion | None = None


class AcceptProposal(Body):
    """Give out the pairs that were `seen`, as far as they still hold; without them the first `most` as proposed now."""

    most: Pairs = 50
    seen: Annotated[list[SeenPair], Field(min_length=1, max_length=50)] | None = None
