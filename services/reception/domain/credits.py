"""Credit notes (红字): the only way in which an issued invoice is corrected."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.reception.domain.tables import Base
from shared import clock
from shared.database import Effect, OfStore, new_id


class CreditNoteLine(Effect, OfStore, Base):
    """What is taken back of one line."""

    __tablename__ = "credit_note_lines"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    credit_note_id: Mapped[UUID] = mapped_column(ForeignKey("credit_notes.id"), primary_key=True)
    ro_line_id: Mapped[UUID] = mapped_column(ForeignKey("repair_order_lines.id"), primary_key=True)
    amount_fen: Mapped[int]


class CreditNote(Effect, OfStore, Base):
    """Takes back all or part of an invoice; `rebilled_to` names the payer who is billed instead, if any."""

    __tablename__ = "credit_notes"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"), Index(None, "store_id", "credited_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), index=True)
    credit_note_no: Mapped[str] = mapped_column(unique=True)
    amount_fen: Mapped[int]
    rebilled_to: Mapped[str | None]
    reason_code: Mapped[str]
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    credited_at: Mapped[datetime]
    lines: Mapped[list[CreditNoteLine]] = relationship(lazy="raise", order_by=CreditNoteLine.ro_line_id)

    @classmethod
    def over(cls, amounts: Mapping[UUID, int], **fields: Any) -> "CreditNote":
        """A note over these amounts by line."""
        note = cls(id=new_id(), amount_fen=sum(amounts.values()), credited_at=clock.now(), **fields)
        note.lines = [
            CreditNoteLine(store_id=note.store_id, credit_note_id=note.id, ro_line_id=line, amount_fen=amount)
            for line, amount in sorted(amounts.items())
        ]
        return note
