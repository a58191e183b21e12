"""Signatures: the proof of exactly what a customer was shown and signed (电子签名法 Art. 5 and 8: later changes must be found).

Each is a row that nothing changes: the content as canonical JSON, its digest, and a chain over the repair order's signatures,
so that neither a changed nor a missing one goes unseen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.authorisations import digest_of
from services.reception.domain.tables import Base
from shared import clock
from shared.database import Effect, OfStore, new_id

FIRST = "0" * 64
"""What stands before a repair order's first signature."""


class Signature(Effect, OfStore, Base):
    """One signed document of a repair order; `seq` counts its signatures from 1."""

    __tablename__ = "signatures"
    __table_args__ = (
        UniqueConstraint("ro_id", "seq"),
        CheckConstraint("channel IN ('tablet', 'paper', 'link')", name="channel"),
        Index(None, "ro_id", "document"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"))
    seq: Mapped[int]
    document: Mapped[str]
    """walk_around, waiver, settlement, pickup …"""
    content: Mapped[dict[str, Any]]
    """Exactly what was shown, as JSON values."""
    sha256: Mapped[str]
    signer: Mapped[str]
    channel: Mapped[str]
    strokes: Mapped[str | None]
    """The drawn signature (path data); sensitive, shown to nobody but who verifies."""
    paper_no: Mapped[str | None]
    signed_at: Mapped[datetime]
    previous_sha256: Mapped[str]
    chain_sha256: Mapped[str]

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's signatures, oldest first."""
        return select(cls).where(cls.ro_id == ro_id).order_by(cls.seq)

    @classmethod
    def after(
        cls,
        last: Self | None,
        *,
        ro_id: UUID,
        store_id: str,
        document: str,
        content: Mapping[str, Any],
        signer: str,
        channel: str,
        strokes: str | None,
        paper_no: str | None,
    ) -> Self:
        """Sign this content; `last` is the order's newest signature."""
        made = cls(
            id=new_id(), ro_id=ro_id, store_id=store_id, seq=last.seq + 1 if last else 1, document=document,
            content=dict(content), signer=signer, channel=channel, strokes=strokes, paper_no=paper_no, signed_at=clock.now(),
            previous_sha256=last.chain_sha256 if last else FIRST,
        )  # fmt: skip
        made.sha256 = digest_of(made.content)
        made.chain_sha256 = made._link()
        return made

    def _link(self) -> str:
        """The digest over this signature and all before it."""
        return digest_of(
            {
                "previous": self.previous_sha256,
                "document": self.document,
                "content": self.sha256,
                "signer": self.signer,
                "channel": self.channel,
                "strokes": self.strokes,
                "paper_no": self.paper_no,
                "signed_at": self.signed_at,
            }
        )

    @property
    def intact(self) -> bool:
        """Whether content, signer and chain are what was signed."""
        return self.sha256 == digest_of(self.content) and self.chain_sha256 == self._link()
