"""Technicians and what they can do."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from services.workshop.domain.tables import Base
from shared.database import Aggregate


class Technician(Aggregate, Base):
    """A technician of one store.  `code` is how colleagues and facts call them, `user` is the subject of their access
    token, `skills` are lower-case trade codes (see `jobs.skill_for`)."""

    __tablename__ = "technicians"
    __table_args__ = (UniqueConstraint("store_id", "code"),)
    code: Mapped[str]
    name: Mapped[str]
    user: Mapped[str]
    skills: Mapped[list[str]]
