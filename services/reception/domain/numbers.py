"""Numbers for people: gapless per store and the store's own day."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.database import OfStore


class NumberSeries(OfStore, Base):
    """The last number given; its row is locked until the taker commits, so that no number is lost."""

    __tablename__ = "number_series"

    store_id: Mapped[str] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


def ro_number(store_id: str, day: date, number: int) -> str:
    """SH01-20261121-0007"""
    return f"{store_id.upper()}-{day:%Y%m%d}-{number:04d}"


def credit_note_number(store_id: str, day: date, number: int) -> str:
    """SH01-R20261121-0001"""
    return f"{store_id.upper()}-R{day:%Y%m%d}-{number:04d}"


def invoice_number(store_id: str, day: date, number: int) -> str:
    """SH01-I20261121-0007"""
    return f"{store_id.upper()}-I{day:%Y%m%d}-{number:04d}"


def member_number(store_id: str, day: date, number: int) -> str:
    """SH01-M20261121-0001"""
    return f"{store_id.upper()}-M{day:%Y%m%d}-{number:04d}"
