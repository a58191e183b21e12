"""What the customer agreed to: frozen lines, and the proof."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.estimates import EstimateLine
from services.reception.domain.lines import INTERNAL, LATER, WORDING, PricedLine
from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore, new_id
from shared.events import PayerShare
from shared.events.reception import AuthorisedLine, AuthorisedService
from shared.refusal import Invalid, Refused


class Authorisation(Effect, OfStore, Base):
    """The proof that the customer agreed: who, how, when, and the digest of exactly what."""

    __tablename__ = "authorisations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    estimate_id: Mapped[UUID] = mapped_column(ForeignKey("estimates.id"), unique=True)
    channel: Mapped[str]
    evidence: Mapped[str]
    """Where the proof is kept: number of the signed sheet, of the recorded call …"""
    authorised_by: Mapped[str]
    authorised_at: Mapped[datetime]
    sha256: Mapped[str]
    agreed: Mapped[dict[str, Any] | None]
    """The very words and figures of which `sha256` is the digest; None on proofs from before they were kept."""


TERMS = ("payers", "deductible_fen", "unit_price_fen", "amount_fen", "list_price_fen", "discount_bp")
"""What of an authorised line may change until the bill: who pays, and at which price list."""


class PayerChange(Effect, OfStore, Base):
    """Who paid a line before, who pays it now, who changed that and why (C5: the history of a switched payer is kept)."""

    __tablename__ = "payer_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_line_id: Mapped[UUID] = mapped_column(ForeignKey("repair_order_lines.id"), index=True)
    old: Mapped[dict[str, Any]]
    new: Mapped[dict[str, Any]]
    reason_code: Mapped[str]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]

    def __init__(self, **fields: Any) -> None:
        super().__init__(changed_by=cause().actor, changed_at=clock.now(), **fields)


class RepairOrderLine(PricedLine, Base):
    """An authorised line: a copy of what was agreed, of which only the payers' terms may change until the bill."""

    __tablename__ = "repair_order_lines"
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    supplement_id: Mapped[UUID | None]
    """The supplement that brought the line."""
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]
    """Approved, then cancelled (C4): when and why."""
    completed_at: Mapped[datetime | None]
    """Of a service: when it was done, who said so, and what proves it."""
    completed_by: Mapped[str | None]
    document_no: Mapped[str | None]

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's lines that hold, as the estimates listed them."""
        return cls.ever_of_order(ro_id).where(cls.withdrawn_at.is_(None))

    @classmethod
    def ever_of_order(cls, ro_id: UUID) -> Select[Self]:
        """With those that were cancelled."""
        return select(cls).where(cls.ro_id == ro_id).order_by(cls.position)

    @classmethod
    def agreed(cls, line: EstimateLine, supplement_id: UUID | None = None) -> Self:
        """The line as it was proposed."""
        copied = {name: getattr(line, name) for name in (*WORDING, *LATER, *INTERNAL)}
        return cls(
            id=line.id, store_id=line.store_id, ro_id=line.ro_id, position=line.position, supplement_id=supplement_id, **copied
        )

    def withdraw(self, because: str) -> None:
        """The customer took back the yes."""
        self.withdrawn_at, self.withdrawn_because = clock.now(), because

    def complete(self, document_no: str, cost_fen: int | None, commission_fen: int | None) -> None:
        """The service is done.  Refused: `not_a_service`, `service_completed`; Invalid: `cost_not_of_this`."""
        if not self.is_service:
            raise Refused("not_a_service", "Workshop and parts say when this is done.", kind=self.kind)
        if self.completed_at is not None:
            raise Refused("service_completed", "This was done before.", completed_at=self.completed_at.isoformat())
        for name, value, kind in (("cost_fen", cost_fen, "sublet"), ("commission_fen", commission_fen, "agency")):
            if value is not None:
                if self.kind != kind:
                    raise Invalid(f"body.{name}", "cost_not_of_this", "This kind of line has no such figure.", kind=self.kind)
                setattr(self, name, value)
        self.completed_at, self.completed_by, self.document_no = clock.now(), cause().actor, document_no

    def told_service(self) -> AuthorisedService:
        """The service as the other services hear it; what it costs or earns the house is not told."""
        return AuthorisedService(
            ro_line_id=self.id,
            kind="sublet" if self.kind == "sublet" else "agency",
            code=self.code,
            payers=[PayerShare(**share) for share in self.payers],
            amount_fen=self.amount_fen,
            tax_bp=self.tax_bp,
            deductible_fen=self.deductible_fen,
            completed_at=self.completed_at,
            third_party_fen=self.third_party_fen or 0,
            due_on=self.due_on.isoformat() if self.due_on else None,
        )

    def told(self) -> AuthorisedLine:
        """The job or part as the other services hear it."""
        return AuthorisedLine(
            ro_line_id=self.id,
            kind="labour" if self.kind == "labour" else "part",
            op_code=self.op_code,
            part_no=self.part_no,
            labour_line_id=self.labour_line_id,
            flat_hours_milli=self.flat_hours_milli,
            quantity_milli=self.quantity_milli,
            concern_code=self.concern_code,
            payers=[PayerShare(**share) for share in self.payers],
            amount_fen=self.amount_fen,
            tax_bp=self.tax_bp,
            deductible_fen=self.deductible_fen,
            supplement_id=self.supplement_id,
        )

    def switch(
        self, payers: list[dict[str, Any]], deductible_fen: int, price: Mapping[str, Any], reason_code: str
    ) -> PayerChange:
        """Let others pay, at their price (empty: it stays); what was agreed before is kept.  Invalid as in `price`."""
        old = {name: getattr(self, name) for name in TERMS}
        self.payers, self.deductible_fen = payers, deductible_fen
        for name, value in price.items():
            setattr(self, name, value)
        if self.kind == "agency":
            self._charge_for_agency()
        self.price()
        new = {name: getattr(self, name) for name in TERMS}
        return PayerChange(store_id=self.store_id, ro_line_id=self.id, old=old, new=new, reason_code=reason_code)

    def _charge_for_agency(self) -> None:
        """The fee is what is left of the price when the third party has its part.  Invalid: `price_below_third_party`."""
        passed_through = self.third_party_fen or 0
        if self.unit_price_fen < passed_through:
            code, detail = "price_below_third_party", "What is passed through is more than that."
            raise Invalid("body.unit_price_fen", code, detail, third_party_fen=passed_through)
        self.fee_fen = self.unit_price_fen - passed_through


def digest_of(agreed: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical form."""
    return hashlib.sha256(_canonical(agreed).encode()).hexdigest()


def as_kept(agreed: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON values; its digest is the same, too."""
    kept: dict[str, Any] = json.loads(_canonical(agreed))
    return kept


def _canonical(agreed: Mapping[str, Any]) -> str:
    """JSON in UTF-8 with sorted keys and without spaces, times in UTC."""

    def plain(value: Any) -> str:
        return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)

    return json.dumps(agreed, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain)
