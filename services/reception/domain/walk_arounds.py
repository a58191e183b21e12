"""The walk-around (环车检查): signed sheets that nothing changes, and what the customer disputes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import CheckConstraint, ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.authorisations import digest_of
from services.reception.domain.photos import Photo
from services.reception.domain.policies import Terms
from services.reception.domain.tables import Base
from shared.database import Effect, OfStore, new_id
from shared.fields import Code
from shared.refusal import Invalid, Refused

DOCUMENT = "walk_around"
"""What its signatures are called."""


class WalkAroundTerms(Terms, name="walk_around"):
    """What a store tries in the customer's presence, and how many photos one order may have."""

    checks: Annotated[tuple[Code, ...], Field(max_length=60)] = (
        "horn", "lamps", "wipers", "windows", "air_conditioning", "central_lock", "audio", "seat_belts", "mirrors", "sunroof",
        "boot", "spare_wheel", "tools",
    )  # fmt: skip
    most_photos: Annotated[int, Field(ge=1, le=100)] = 20
    before_agreement: bool = True
    """Whether a customer's work is agreed to only after the walk-around (C2); on the road and for the house it may wait."""


class WalkAroundSheet(Effect, OfStore, Base):
    """One version of the sheet: `content` is exactly what the customer was shown, of which `sha256` is the digest."""

    __tablename__ = "walk_arounds"
    __table_args__ = (
        UniqueConstraint("ro_id", "seq"),
        CheckConstraint("num_nonnulls(signature_id, customer_absent) = 1", name="signed"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"))
    seq: Mapped[int]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    signature_id: Mapped[UUID | None] = mapped_column(ForeignKey("signatures.id"))
    customer_absent: Mapped[str | None]
    """Why nobody could sign."""
    made_by: Mapped[str]
    made_at: Mapped[datetime]

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's versions, newest first."""
        return select(cls).where(cls.ro_id == ro_id).order_by(cls.seq.desc())

    @property
    def failed_checks(self) -> list[str]:
        """Codes of the functions that did not work."""
        return [check["code"] for check in self.content["checks"] if check["result"] == "not_ok"]

    @property
    def intact(self) -> bool:
        """Whether the content is what was shown."""
        return self.sha256 == digest_of(self.content)


class DisputeNote(Effect, OfStore, Base):
    """What the customer did not agree with; written once, changed never, not even by us."""

    __tablename__ = "dispute_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    words: Mapped[str]
    panel: Mapped[str | None]
    noted_by: Mapped[str]
    noted_at: Mapped[datetime]

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's notes, oldest first."""
        return select(cls).where(cls.ro_id == ro_id).order_by(cls.id)


def refuse_incomplete(told: Mapping[str, Any], terms: WalkAroundTerms) -> None:
    """Refused: `valuables_not_reminded`.  Invalid, unless each function that the store tries is on the sheet once and no other:
    `check_unknown`, `check_repeated`, `check_missing`."""
    if not told["valuables_reminded"]:
        raise Refused("valuables_not_reminded", "Ask the customer to take valuables along first.")
    seen: set[str] = set()
    for number, check in enumerate(told["checks"]):
        if check["code"] not in terms.checks:
            raise Invalid(f"body.checks.{number}.code", "check_unknown", "The store does not try this.")
        if check["code"] in seen:
            raise Invalid(f"body.checks.{number}.code", "check_repeated", "This stands on the sheet already.")
        seen.add(check["code"])
    if missing := [code for code in terms.checks if code not in seen]:
        raise Invalid("body.checks", "check_missing", "Say of each function whether it works.", missing=missing)


def shown_photos(told: Mapping[str, Any], known: Sequence[Photo]) -> list[dict[str, Any]]:
    """The sheet's photos by digest, that of the odometer included.  Invalid: `photo_unknown`."""
    by_id = {str(photo.id): photo for photo in known}
    wanted = {f"photo_ids.{number}": id for number, id in enumerate(told["photo_ids"])}
    if told["odometer_photo_id"]:
        wanted["odometer_photo_id"] = told["odometer_photo_id"]
    for place, id in wanted.items():
        if id not in by_id:
            raise Invalid(f"body.{place}", "photo_unknown", "The order has no such photo.")
    chosen = [by_id[id] for id in dict.fromkeys(wanted.values())]
    return [{"id": str(photo.id), "kind": photo.kind, "panel": photo.panel, "sha256": photo.sha256} for photo in chosen]
