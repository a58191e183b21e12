"""What can be asked of the proposal."""

from typing import Annotated

from pydantic import Field

from shared.fields import Body

Pairs = Annotated[int, Field(strict=True, ge=1, le=50)]


class AcceptProposal(Body):
    """Give out the first jobs that can be given out, as proposed."""

    most: Pairs = 50
