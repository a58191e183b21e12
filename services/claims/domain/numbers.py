"""Claim numbers: gap-free per store and year."""

from sqlalchemy.orm import Mapped, mapped_column

from services.claims.domain.tables import Base


class ClaimNumbers(Base):
    """The last number given in a store's year; whoever takes the next one holds the row until the end of its transaction."""

    __tablename__ = "claim_numbers"
    store_id: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
