"""The two facts of the hop, about 1 KB of JSON each: a car arrives and is sent to a bay; the bay says that it took it."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event, Part


class Concern(Part):
    """One thing the customer asks for."""

    op_code: str
    words: str
    flat_hours_milli: int
    amount_fen: int


class CarArrived(Event):
    """Heard by the hop.  Subject: the car."""

    type: ClassVar[str] = "yard.car_arrived.v1"
    bay_id: UUID
    advisor: str
    odometer_km: int
    minutes: int
    concerns: list[Concern]
    arrived_at: AwareDatetime


class CarPlaced(Event):
    """Said by the hop.  Subject: the bay; `cars` and `minutes` are its sums so far."""

    type: ClassVar[str] = "hop.car_placed.v1"
    visit_id: UUID
    cars: int
    minutes: int
    concerns: list[Concern]
    placed_at: AwareDatetime
