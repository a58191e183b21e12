"""The declarative base of this service's tables."""

from shared import database


class Base(database.Base):
    """All tables of this service."""

    __abstract__ = True
    metadata = database.metadata()
