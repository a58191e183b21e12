"""Finding operations."""

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.dialects.postgresql import array

from services.reception.domain import Operation
from services.reception.domain.operations import ANY_MODEL

LAST = "\U0010ffff"
"""A character behind all that codes and names are written with."""


def operations(*, q: str | None, trade: str | None, model: str | None) -> Select[Operation]:
    """Operations whose code or Chinese name begins with `q`, of this trade, with hours for this model."""
    found = select(Operation)
    if q is not None:
        beginnings = [and_(column >= q, column < q + LAST) for column in (Operation.op_code, Operation.name_zh)]
        found = found.where(or_(*beginnings))
    if trade is not None:
        found = found.where(Operation.trade == trade)
    if model is not None:
        found = found.where(Operation.flat_hours.op("?|")(array([model, ANY_MODEL])))
    return found
