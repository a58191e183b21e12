"""What can be asked about a car's stay, from its arrival to the handed-over key; units are in the names."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from services.reception.commands.appointments import Needs
from services.reception.commands.fields import IdentityTail
from services.reception.commands.inquiries import Symptom, WarningLamp
from services.reception.commands.signatures import Sign
from services.reception.commands.walk_arounds import DamageMark
from shared.fields import BasisPoints, Body, Code, Day, Id, Km, LongText, Moment, ShortText

OrderKind = Literal[
    "repair", "maintenance", "accident", "rescue", "warranty", "pdi", "first_maintenance", "reconditioning",
]  # fmt: skip
"""The last three are internal: 售前检测, 首保, 整备."""


class CheckIn(Body):
    """A car arrives without an appointment."""

    vehicle_id: Id
    customer_id: Id
    words: LongText
    """The request in the customer's own words."""
    symptoms: Annotated[tuple[Symptom, ...], Field(max_length=20)] = ()
    warning_lamps: Annotated[tuple[WarningLamp, ...], Field(max_length=13)] = ()
    wishes: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()
    read_back: StrictBool = False
    """Whether this was read back to the customer already, who confirmed it."""
    odometer_km: Km
    odometer_reset_reason: ShortText | None = None
    """Why the odometer shows less than before."""
    fuel_bp: BasisPoints
    """How full the tank is."""
    belongings: Annotated[tuple[ShortText, ...], Field(max_length=30)] = ()
    damage_marks: Annotated[tuple[DamageMark, ...], Field(max_length=60)] = ()
    promised_at: Moment | None = None
    waits: StrictBool = False
    """Whether the customer waits in the lounge."""
    key_tag: Code | None = None
    """The tag on the car's key."""
    appointment_id: Id | None = None
    """The confirmed appointment that the car comes for."""
    walk_in_needs: Needs = ()
    """Hours of today that a car without appointment takes, even if no more are free."""
    order_kind: OrderKind | None = None
    """Left out: `rescue` where a rescue call is named, else `repair`."""
    rescue_call_id: Id | None = None
    """The call that becomes this repair order."""

    @property
    def kind(self) -> OrderKind:
        """The kind of the order that this check-in opens."""
        return self.order_kind or ("rescue" if self.rescue_call_id else "repair")


class Deliver(Body):
    """Hand the car over."""

    odometer_km: Km | None = None
    """Left out: nobody looked, as at check-in."""
    odometer_reset_reason: ShortText | None = None
    """Why the odometer shows less than before."""
    handed_to: ShortText | None = None
    """Who fetched the car, when it was not the customer."""
    relation: Literal["customer", "family", "driver", "colleague", "other"] = "customer"
    identity_document: ShortText | None = None
    """Which document a delegate showed."""
    identity_tail: IdentityTail | None = None
    signature: Sign | None = None
    """Who fetches the car for somebody else signs for it."""
    old_parts: Literal["returned", "declined", "kept_for_claim", "none"] = "none"
    washed: StrictBool = False
    covers_removed: StrictBool = False
    next_service_on: Day | None = None
    """Left out: as the store's policy says."""
    next_service_km: Km | None = None
