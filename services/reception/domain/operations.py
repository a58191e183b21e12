"""Labour operations (工时项目): the group's catalogue of what its workshops do, with flat-rate hours per model."""

from collections.abc import Mapping
from typing import Any, cast, get_args

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.database import Effect
from shared.fields import Trade

ANY_MODEL = ""
"""The key of the hours that hold for every model without its own."""


class Operation(Effect, Base):
    """One entry of the catalogue, by its code.  Belongs to the group."""

    __tablename__ = "operations"
    __table_args__ = (
        CheckConstraint(f"trade IN ({', '.join(map(repr, get_args(Trade)))})", name="trade"),
        Index("ix_operations_trade", "trade", "op_code"),
        Index("ix_operations_flat_hours", "flat_hours", postgresql_using="gin"),
    )
    op_code: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    version: Mapped[int] = mapped_column()
    name_zh: Mapped[str] = mapped_column(Text(collation="C"), index=True)
    name_en: Mapped[str]
    trade: Mapped[Trade] = mapped_column(Text())
    safety_critical: Mapped[bool]
    """Whether the car is not safe without it: who declines it signs a waiver."""
    flat_hours: Mapped[dict[str, Any]]
    """{model: thousandths of an hour}; the model '' stands for any."""

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012  (SQLAlchemy only reads it)

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"version": 1, **fields})

    def change(self, told: Mapping[str, Any]) -> None:
        """The entry is this from now on; lines that were priced before stay as they are."""
        for name, value in told.items():
            setattr(self, name, value)
        self.version += 1

    def hours_for(self, model: str) -> int | None:
        """Flat-rate hours for a car of this model, in thousandths; None where nobody has set any that fit."""
        return cast(int | None, self.flat_hours.get(model, self.flat_hours.get(ANY_MODEL)))
