"""The ground of the workshop's tables."""

from shared import database


class Base(database.Base):
    """Base of the workshop's rows."""

    __abstract__ = True
    metadata = database.metadata()
