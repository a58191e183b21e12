"""Customers and their vehicles."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.events import Event


class VehicleIdentified(Event):
    """Personal.  The whole identity of a vehicle as the group knows it now.  Subject: the vehicle."""

    type: ClassVar[str] = "reception.vehicle_identified.v1"
    personal: ClassVar[bool] = True
    hearers: ClassVar[frozenset[str]] = frozenset({"workshop", "claims", "console"})
    vin: str
    plate: str
    brand: str
    model: str
    nature: str
    in_service_on: str | None = None


class ContactChanged(Event):
    """Personal.  How a customer may be reached now.  Subject: the customer."""

    type: ClassVar[str] = "reception.contact_changed.v1"
    personal: ClassVar[bool] = True
    hearers: ClassVar[frozenset[str]] = frozenset({"followup"})
    name: str
    phone: str
    channel: str
    consent: bool
    consents: list[str] = Field(default_factory=list)
    """Purposes that the customer agreed to beyond service calls, e.g. `marketing`."""
    quiet_from: str | None = None
    """Between these two (HH:MM in the home store's zone) nobody calls."""
    quiet_until: str | None = None


class VehicleOwnerChanged(Event):
    """The car belongs to another customer now.  Subject: the vehicle."""

    type: ClassVar[str] = "reception.vehicle_owner_changed.v1"
    customer_id: UUID
    previous_customer_id: UUID
    changed_at: AwareDatetime


class CustomerMerged(Event):
    """Two files were one person's: what was said of the subject holds for `into_customer_id` from now on.
    Subject: the file that was given up."""

    type: ClassVar[str] = "reception.customer_merged.v1"
    into_customer_id: UUID
    merged_at: AwareDatetime


class VehicleFileOpened(Event):
    """The file of a newly sold car was opened: its warranty began, its first maintenance (首保) is known.
    Subject: the vehicle."""

    type: ClassVar[str] = "reception.vehicle_file_opened.v1"
    customer_id: UUID
    in_service_on: str
    first_maintenance_on: str
    first_maintenance_km: int
    opened_at: AwareDatetime
