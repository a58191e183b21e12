"""Comebacks (外返): the car is here again with what was repaired only lately."""

from typing import Annotated

from pydantic import Field

from services.reception.domain.policies import Terms


class ComebackTerms(Terms, name="comeback"):
    """How long a repair has to last."""

    days: Annotated[int, Field(strict=True, ge=0, le=730)] = 30
    """From delivery on; the same concern within this time makes the visit a comeback."""
