"""Inspection sheets (检查单): what was found on a car point by point, and what of it was proposed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.jobs import Job
from services.workshop.domain.points import Point, SheetTerms
from services.workshop.domain.supplements import WHILE
from services.workshop.domain.tables import Base
from shared import clock
from shared.database import Aggregate, Effect, OfStore, new_id
from shared.pictures import Album, Pictured, has_a_size
from shared.refusal import Invalid, Refused

NOT_CHECKED = "not_checked"
TO_PROPOSE = ("yellow", "red")
"""Colours of what may be proposed, and is advice as long as it is not."""
SEVERITIES = {"yellow": "soon", "red": "safety"}

Answer = Mapping[str, Any]
"""colour, value, remark, reason"""


class Sheet(Aggregate, Base):
    """One inspection of the car of one repair order.  `points` are those of the template as it was when the sheet was opened;
    `answers` (by point) are a draft until the sheet is completed, when they become findings for good."""

    __tablename__ = "sheets"
    __table_args__ = (
        Index("uq_sheets_open", "ro_id", unique=True, postgresql_where=text("completed_at IS NULL")),
        Index(None, "ro_id"),
        Index(None, "vehicle_id"),
        Index("ix_sheets_store_id", "store_id", "id"),
        CheckConstraint("num_nulls(completed_by, completed_at) IN (0, 2)", name="completed"),
    )
    ro_id: Mapped[UUID]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))
    """On which it was opened; what is proposed comes from there."""
    vehicle_id: Mapped[UUID]
    points: Mapped[list[dict[str, Any]]]
    most_photos: Mapped[int]
    answers: Mapped[dict[str, Any]]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    completed_by: Mapped[str | None]
    completed_at: Mapped[datetime | None]

    @classmethod
    def opened(cls, job: Job, terms: SheetTerms, user: str) -> Self:
        """Refused('job_not_being_worked_on') unless somebody works, or worked last, on the job."""
        if job.state not in WHILE:
            raise Refused("job_not_being_worked_on", "A car is inspected by who works on it.", state=job.state)
        return cls(
            store_id=job.store_id,
            version=1,
            ro_id=job.ro_id,
            job_id=job.id,
            vehicle_id=job.vehicle_id,
            points=[point.model_dump(mode="json") for point in terms.points],
            most_photos=terms.most_photos,
            answers={},
            opened_by=user,
            opened_at=clock.now(),
        )

    @property
    def template(self) -> dict[str, Point]:
        """The points by code, in their order."""
        return {point["code"]: Point.model_validate(point) for point in self.points}

    def answer(self, answers: Sequence[Answer], user: str) -> None:
        """Write down what was seen at these points, in place of what was said before.  Refused: sheet_completed.  Invalid:
        point_unknown, point_repeated, nothing_measured, reason_missing, measure_missing, colour_disagrees."""
        self.refuse_completed()
        known, told = self.template, dict(self.answers)
        for position, answer in enumerate(answers):
            code, place = str(answer["point"]), f"body.answers.{position}"
            if code not in known:
                raise Invalid(f"{place}.point", "point_unknown", "This sheet has no such point.")
            if any(code == before["point"] for before in answers[:position]):
                raise Invalid(f"{place}.point", "point_repeated", "Each point is answered once.")
            _refuse_senseless(known[code], answer, place)
            said = {name: answer[name] for name in ("colour", "value", "remark", "reason")}
            told[code] = {**said, "found_by": user, "found_at": clock.now().isoformat()}
        self.answers = told
        self.version += 1

    def complete(self, user: str) -> list["Finding"]:
        """Nothing of it changes any more.  Refused: sheet_completed, points_unanswered."""
        self.refuse_completed()
        if missing := [code for code in self.template if code not in self.answers]:
            raise Refused("points_unanswered", "Answer each point, or say why it was not checked.", missing=missing)
        findings = [
            Finding(
                id=new_id(),
                store_id=self.store_id,
                sheet_id=self.id,
                point=point.code,
                unit=point.unit,
                **{**self.answers[point.code], "found_at": datetime.fromisoformat(self.answers[point.code]["found_at"])},
            )
            for point in self.template.values()
        ]
        self.answers, self.completed_by, self.completed_at = {}, user, clock.now()
        self.version += 1
        return findings

    def refuse_photo(self, point: str, known: int) -> None:
        """Refused: sheet_completed, too_many_photos.  Invalid: point_unknown."""
        self.refuse_completed()
        if point not in self.template:
            raise Invalid("query.point", "point_unknown", "This sheet has no such point.")
        if known >= self.most_photos:
            raise Refused("too_many_photos", "The sheet has as many photos as it may have.", most=self.most_photos)

    def refuse_completed(self) -> None:
        """Refused('sheet_completed')."""
        if self.completed_at is not None:
            raise Refused("sheet_completed", "A completed sheet stays as it is.")

    def refuse_open(self) -> None:
        """Refused('sheet_not_completed'): what is proposed was looked at to the end."""
        if self.completed_at is None:
            raise Refused("sheet_not_completed", "Complete the sheet first.")


def _refuse_senseless(point: Point, answer: Answer, place: str) -> None:
    value, colour, reason = answer["value"], answer["colour"], answer["reason"]
    if value is not None and (point.unit is None or colour == NOT_CHECKED):
        raise Invalid(f"{place}.value", "nothing_measured", "Nothing is measured here.")
    if reason is not None:
        return
    if colour == NOT_CHECKED:
        raise Invalid(f"{place}.reason", "reason_missing", "Say why it was not checked.")
    if point.unit is not None and value is None:
        raise Invalid(f"{place}.value", "measure_missing", "Measure it, or give a reason.", unit=point.unit)
    if value is not None and (meant := point.means(value)) != colour:
        raise Invalid(f"{place}.colour", "colour_disagrees", "The value means another colour; give a reason.", means=meant)


class Finding(Effect, OfStore, Base):
    """What was found at one point; never changed afterwards.  `remark` and `reason` are free text."""

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("sheet_id", "point"),
        CheckConstraint("colour IN ('green', 'yellow', 'red', 'not_checked')", name="colour"),
        CheckConstraint("colour <> 'not_checked' OR reason IS NOT NULL AND value IS NULL", name="not_checked"),
        CheckConstraint("value IS NULL OR unit IS NOT NULL", name="value"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("sheets.id"))
    point: Mapped[str]
    colour: Mapped[str]
    value: Mapped[int | None]
    unit: Mapped[str | None]
    remark: Mapped[str | None]
    reason: Mapped[str | None]
    """Why the value means another colour here, or why it was not checked."""
    found_by: Mapped[str]
    found_at: Mapped[datetime]

    def refuse_sound(self, place: str) -> None:
        """Invalid('no_finding') for what is green or was not checked."""
        if self.colour not in TO_PROPOSE:
            raise Invalid(place, "no_finding", "Only what is yellow or red is proposed.", colour=self.colour)


class SheetPhoto(Pictured, Effect, OfStore, Base):
    """A photo of what was found at a point."""

    __tablename__ = "sheet_photos"
    __table_args__ = (has_a_size(),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("sheets.id"), index=True)
    point: Mapped[str]


ALBUM = Album("sheets", SheetPhoto)


class FindingProposal(Effect, OfStore, Base):
    """That a finding was put before the advisor and the customer, once."""

    __tablename__ = "finding_proposals"
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("findings.id"), primary_key=True)
    supplement_id: Mapped[UUID] = mapped_column(ForeignKey("supplements.id"))
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
