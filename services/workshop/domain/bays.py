"""Bays: the places where cars are worked on."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from services.workshop.domain.tables import Base
from shared.database import Aggregate


class Bay(Aggregate, Base):
    """A bay of one store; `kind` is what it is fit for (lift, paint, alignment …).  Which job occupies it stands on the job."""

    __tablename__ = "bays"
    __table_args__ = (UniqueConstraint("store_id", "code"),)
    code: Mapped[str]
    kind: Mapped[str]
