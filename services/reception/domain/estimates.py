"""Estimates: numbered, unchangeable proposals; only the newest one of a repair order can be authorised."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated, Self, cast
from uuid import UUID

from pydantic import Field
from sqlalchemy import ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from services.reception.domain.lines import PricedLine
from services.reception.domain.policies import Terms
from services.reception.domain.tables import Base
from shared import clock
from shared.database import Effect, OfStore, new_id
from shared.events import About, Payer
from shared.events.reception import EstimateIssued, PayerAmount
from shared.refusal import Refused


class EstimateTerms(Terms, name="estimates"):
    """How long the house stands by a price."""

    valid_days: Annotated[int, Field(strict=True, ge=1, le=365)] = 7
    """From the moment it was told."""


class EstimateLine(PricedLine, Base):
    """A proposed line; its id stays the line's id when it is authorised."""

    __tablename__ = "estimate_lines"
    estimate_id: Mapped[UUID] = mapped_column(ForeignKey("estimates.id"), index=True)
    proposed_line_id: Mapped[UUID | None]
    """The workshop's line that this is the price of."""


class Estimate(Effect, OfStore, Base):
    """What the work would cost, as told to the customer.  The version `number` counts from 1 within a repair order."""

    __tablename__ = "estimates"
    __table_args__ = (UniqueConstraint("ro_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"))
    number: Mapped[int]
    made_at: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    """Until when the customer may agree to it; None on estimates from before this was kept."""
    total_fen: Mapped[int]
    supplement_id: Mapped[UUID | None] = mapped_column(index=True)
    """The supplement that this is the price of; None for the work that the customer came for."""
    lines: Mapped[list[EstimateLine]] = relationship(lazy="raise", order_by=EstimateLine.position)

    def stand(self, terms: EstimateTerms) -> None:
        """The house stands by it for so long."""
        self.valid_until = self.made_at + timedelta(days=terms.valid_days)

    @property
    def expired(self) -> bool:
        """Whether it is too old to agree to."""
        return self.valid_until is not None and clock.now() > self.valid_until

    def refuse_expired(self) -> None:
        """Refused('estimate_expired'): a new one tells what the work costs now."""
        if self.expired and self.valid_until is not None:
            raise Refused(
                "estimate_expired", "The estimate is too old; make a new one.", valid_until=self.valid_until.isoformat()
            )

    def issued(self) -> EstimateIssued:
        """Say that the price was put to the customer.  An estimate is said once."""
        payers = Counter[str]()
        for line in self.lines:
            payers.update(line.by_payer)
        return EstimateIssued(
            about=About(subject=self.id, version=1, store_id=self.store_id, correlation=self.ro_id),
            ro_id=self.ro_id,
            number=self.number,
            supplement_id=self.supplement_id,
            line_count=len(self.lines),
            total_fen=self.total_fen,
            payers=[PayerAmount(payer=cast(Payer, payer), amount_fen=amount) for payer, amount in sorted(payers.items())],
            valid_until=self.valid_until,
            issued_at=self.made_at,
        )

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """All versions with their lines, supplements' prices among them."""
        return select(cls).where(cls.ro_id == ro_id).options(selectinload(cls.lines))

    @classmethod
    def numbered(cls, ro_id: UUID, number: int) -> Select[Self]:
        """This version of the order's estimate with its lines."""
        return select(cls).where(cls.ro_id == ro_id, cls.number == number).options(selectinload(cls.lines))
