"""The car's stay: arrival, walk-around, promise, delivery.  The subject of every fact is the repair order."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event


class VehicleCheckedIn(Event):
    """A car was received and its repair order opened as a draft.  Subject: the repair order."""

    type: ClassVar[str] = "reception.vehicle_checked_in.v1"
    vehicle_id: UUID
    customer_id: UUID
    advisor: str
    odometer_km: int
    fuel_bp: int
    damage_marks: int
    checked_in_at: AwareDatetime
    promised_at: AwareDatetime | None = None
    order_kind: str = "repair"
    """repair, maintenance, accident, rescue, warranty; internal: pdi, first_maintenance, reconditioning."""
    appointment_id: UUID | None = None
    """None: the customer walked in."""
    waits: bool = False
    """Whether the customer waits in the lounge."""


class InspectionCompleted(Event):
    """The walk-around (环车检查) is done and signed."""

    type: ClassVar[str] = "reception.inspection_completed.v1"
    vehicle_id: UUID
    damage_marks: int
    photos: int
    failed_checks: list[str]
    """Codes of the functions that did not work."""
    signed: bool
    signed_sha256: str | None = None
    """Digest of exactly what the customer signed."""
    completed_at: AwareDatetime


class PromiseChanged(Event):
    """The time of delivery that the customer was promised is another one; `first_promised_at` is what punctuality counts by."""

    type: ClassVar[str] = "reception.promise_changed.v1"
    promised_at: AwareDatetime
    previous_promised_at: AwareDatetime
    first_promised_at: AwareDatetime
    reason_code: str
    changed_at: AwareDatetime


class RepairOrderCancelled(Event):
    """The car goes home without the work.  Who had agreed work to do also hears `work_authorised` without lines.
    Subject: the repair order."""

    type: ClassVar[str] = "reception.repair_order_cancelled.v1"
    ro_no: str | None = None
    """None: nothing was agreed."""
    vehicle_id: UUID
    customer_id: UUID
    order_kind: str
    reason_code: str
    cancelled_at: AwareDatetime


class VehicleLentBack(Event):
    """The customer has the car while its work waits (待料-车辆已还); the order goes on.  Subject: the repair order."""

    type: ClassVar[str] = "reception.vehicle_lent_back.v1"
    vehicle_id: UUID
    customer_id: UUID
    reason_code: str
    expected_on: str | None = None
    """Day on which it is expected again, YYYY-MM-DD."""
    odometer_km: int
    lent_at: AwareDatetime


class VehicleTakenBack(Event):
    """The car that the customer had meanwhile is here again.  Subject: the repair order."""

    type: ClassVar[str] = "reception.vehicle_taken_back.v1"
    vehicle_id: UUID
    customer_id: UUID
    odometer_km: int
    taken_back_at: AwareDatetime


class VehicleDelivered(Event):
    """The key was handed over.  Subject: the repair order."""

    type: ClassVar[str] = "reception.vehicle_delivered.v1"
    ro_no: str
    vehicle_id: UUID
    customer_id: UUID
    odometer_km: int
    delivered_at: AwareDatetime
    survey_excluded: bool = False
    order_kind: str = "repair"
    next_service_on: str | None = None
    """Day of the next maintenance that the customer was told, YYYY-MM-DD."""
    next_service_km: int | None = None
