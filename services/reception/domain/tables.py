"""The declarative base of reception's rows."""

from shared import database


class Base(database.Base):
    """All rows of reception."""

    __abstract__ = True
    metadata = database.metadata()
