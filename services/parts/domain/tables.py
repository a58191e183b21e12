"""The declarative base of this service's tables."""

from typing import Annotated

from sqlalchemy import Text
from sqlalchemy.orm import mapped_column

from shared import database

PartNo = Annotated[str, mapped_column(Text(collation="C"))]
"""Sorted by code points, so that the beginning of a number is found by the key's index."""


class Base(database.Base):
    """All tables of this service."""

    __abstract__ = True
    metadata = database.metadata()
