"""What was received: the car, the customer's request, what was seen around the car, and who waits.  It may be completed and
corrected until the customer agrees to the work; from then on it stays as it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.inquiries import Inquiry
from services.reception.domain.kinds import is_internal
from services.reception.domain.photos import Photo
from services.reception.domain.policies import Terms
from services.reception.domain.signatures import Signature
from services.reception.domain.vehicles import Vehicle
from services.reception.domain.walk_arounds import (
    DisputeNote,
    WalkAroundSheet,
    WalkAroundTerms,
    refuse_incomplete,
    shown_photos,
)
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Stated, new_id
from shared.events.reception import InspectionCompleted
from shared.refusal import Invalid, Refused

OPEN = ("draft", "estimated")
ENDED = ("delivered", "cancelled")
"""States in which nothing is left to do for the car."""


class LoungeTerms(Terms, name="lounge"):
    """After how long somebody in the lounge has waited too long."""

    long_wait_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 90


class ReceivedCar(Aggregate, Stated):
    """The part of a repair order that begins with the car's arrival."""

    vehicle_id: Mapped[UUID] = mapped_column(ForeignKey("vehicles.id"))
    order_kind: Mapped[str] = mapped_column(default="repair")
    """See `kinds`."""
    words: Mapped[str]
    """The request in the customer's own words."""
    symptoms: Mapped[list[dict[str, Any]]]
    warning_lamps: Mapped[list[str]] = mapped_column(default=list)
    wishes: Mapped[list[str]] = mapped_column(default=list)
    read_back: Mapped[bool] = mapped_column(default=False)
    """Whether the customer confirmed the request when it was read back."""
    inquiry_no: Mapped[int] = mapped_column(default=0)
    """The newest inquiry sheet's number."""
    walk_around_no: Mapped[int] = mapped_column(default=0)
    """The newest walk-around sheet's number, 0 before the first."""
    odometer_km: Mapped[int]
    key_tag: Mapped[str | None]
    previous_km: Mapped[int | None]
    """What the odometer showed before this visit, when and where."""
    previous_read_at: Mapped[datetime | None]
    previous_store: Mapped[str | None]
    waits: Mapped[bool] = mapped_column(default=False)
    """Whether the customer waits in the lounge."""
    long_wait_at: Mapped[datetime | None]
    """From when on the wait is too long; None while nobody waits."""

    def __init__(self, **fields: Any) -> None:
        made: dict[str, Any] = {"warning_lamps": [], "wishes": [], "read_back": False, "inquiry_no": 0, "walk_around_no": 0}
        super().__init__(**made | {"waits": False} | fields)

    def bring_forward(self, vehicle: Vehicle) -> None:
        """Keep the vehicle's last reading, before this visit's takes its place."""
        self.previous_km = None if vehicle.odometer_read_at is None else vehicle.odometer_km
        self.previous_read_at, self.previous_store = vehicle.odometer_read_at, vehicle.odometer_store

    def inquiry(self) -> Inquiry:
        """The request as it stands now, as the sheet's next version."""
        self.inquiry_no += 1
        return Inquiry(
            ro_id=self.id, store_id=self.store_id, seq=self.inquiry_no, words=self.words, symptoms=self.symptoms,
            warning_lamps=self.warning_lamps, wishes=self.wishes, read_back=self.read_back, asked_by=cause().actor,
            asked_at=clock.now(),
        )  # fmt: skip

    def complete_inquiry(
        self,
        *,
        words: str,
        symptoms: list[dict[str, Any]],
        warning_lamps: list[str],
        wishes: list[str],
        read_back: bool,
    ) -> Inquiry:
        """The request is this, and the customer has confirmed it.  Refused: `already_authorised`; Invalid: `not_read_back`."""
        self._still_open()
        if not read_back:
            raise Invalid("body.read_back", "not_read_back", "Read the request back to the customer first.")
        self.words, self.symptoms, self.warning_lamps = words, symptoms, warning_lamps
        self.wishes, self.read_back = wishes, read_back
        self.version += 1
        return self.inquiry()

    def sheet(self, told: Mapping[str, Any], photos: Sequence[Photo], terms: WalkAroundTerms) -> dict[str, Any]:
        """What the customer is shown of the walk-around and signs, as JSON values.  Refused: `already_authorised`, and what
        `refuse_incomplete` and `shown_photos` refuse."""
        self._still_open()
        refuse_incomplete(told, terms)
        return {
            "ro_id": str(self.id),
            "vehicle_id": str(self.vehicle_id),
            "store_id": self.store_id,
            "seq": self.walk_around_no + 1,
            "odometer_km": self.odometer_km,
            "made_at": clock.now().isoformat(),
            **{name: value for name, value in told.items() if name != "photo_ids"},
            "photos": shown_photos(told, photos),
        }

    def inspected(
        self, content: dict[str, Any], sha256: str, signature: Signature | None, customer_absent: str | None
    ) -> tuple[WalkAroundSheet, InspectionCompleted]:
        """The sheet is complete, signed or made in the customer's absence."""
        self.walk_around_no += 1
        sheet = WalkAroundSheet(
            id=new_id(), ro_id=self.id, store_id=self.store_id, seq=self.walk_around_no, content=content, sha256=sha256,
            signature_id=signature.id if signature else None, customer_absent=customer_absent, made_by=cause().actor,
            made_at=datetime.fromisoformat(content["made_at"]),
        )  # fmt: skip
        return sheet, InspectionCompleted(
            about=self.next_version(self.id),
            vehicle_id=self.vehicle_id,
            damage_marks=len(content["damage_marks"]),
            photos=len(content["photos"]),
            failed_checks=sheet.failed_checks,
            signed=signature is not None,
            signed_sha256=signature.sha256 if signature else None,
            completed_at=sheet.made_at,
        )

    def refuse_unseen(self, terms: WalkAroundTerms) -> None:
        """Refused: `walk_around_missing` before work is agreed to on a car that nobody has walked around."""
        at_the_counter = self.order_kind != "rescue" and not is_internal(self.order_kind)
        if terms.before_agreement and at_the_counter and self.walk_around_no == 0:
            raise Refused("walk_around_missing", "Walk around the car with the customer first.")

    def dispute(self, words: str, panel: str | None) -> DisputeNote:
        """The customer does not agree with something.  Refused: `already_delivered`."""
        self._still_here()
        self.version += 1
        return DisputeNote(
            id=new_id(), ro_id=self.id, store_id=self.store_id, words=words, panel=panel, noted_by=cause().actor,
            noted_at=clock.now(),
        )  # fmt: skip

    def refuse_photos_beyond(self, taken: int, most: int) -> None:
        """Refused: `already_delivered`, `too_many_photos`."""
        self._still_here()
        if taken >= most:
            raise Refused("too_many_photos", "The order has as many photos as it may have.", most=most)

    def settle_in(self, *, waits: bool, terms: LoungeTerms) -> None:
        """The customer begins to wait in the lounge, or leaves it.  Refused: `already_delivered`."""
        self._still_here()
        if waits != self.waits:
            self.waits, self.long_wait_at = waits, None
            if waits:
                self.wait_from(clock.now(), terms)
            self.version += 1

    def wait_from(self, at: datetime, terms: LoungeTerms) -> None:
        """Begin to count the wait."""
        self.long_wait_at = at + timedelta(minutes=terms.long_wait_minutes)

    @property
    def waiting_too_long(self) -> bool:
        """Whether somebody sits in the lounge for longer than the store finds right."""
        return self.state not in ENDED and self.long_wait_at is not None and self.long_wait_at <= clock.now()

    def _still_open(self) -> None:
        self.refuse_called_off()
        if self.state not in OPEN:
            raise Refused("already_authorised", "The customer has agreed: what was received stays as it was.", state=self.state)

    def refuse_called_off(self) -> None:
        """Refused('order_cancelled')."""
        if self.state == "cancelled":
            raise Refused("order_cancelled", "The order was called off.")

    def _still_here(self) -> None:
        self.refuse_called_off()
        if self.state == "delivered":
            raise Refused("already_delivered", "The car has left.")
