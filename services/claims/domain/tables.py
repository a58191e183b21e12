"""The base of all tables of this service."""

from shared import database


class Base(database.Base):
    """All tables of this service."""

    __abstract__ = True
    metadata = database.metadata()
