"""What the workshop can take."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.events import Event


class CapacityChanged(Event):
    """What one skill in one group of bays can take on a day.  Subject: the store's capacity of that day, skill and group."""

    type: ClassVar[str] = "workshop.capacity_changed.v1"
    day: str
    """Calendar day in the store's zone, YYYY-MM-DD."""
    skill: str
    bay_group: str
    offered_hours_milli: int
    """Hours that may be sold: shifts × availability, less what is planned otherwise."""
    loaded_hours_milli: int
    """Of these, taken by work that came without an appointment."""
    changed_at: AwareDatetime
