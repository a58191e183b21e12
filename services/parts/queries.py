"""What can be looked up: selects behind the GET routes.  Row security limits them to the caller's stores."""

from typing import Literal
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.parts.domain import Part, PartLine, StockLevel, StockMovement
from shared.refusal import Unknown

LineState = Literal["requested", "backordered", "reserved", "issued", "withdrawn"]


def catalogue(beginning: str | None) -> Select[Part]:
    """The group's parts, or those whose number begins so."""
    found = select(Part)
    return found if beginning is None else found.where(Part.part_no.startswith(beginning, autoescape=True))


async def part(part_no: str, session: AsyncSession) -> Part:
    """One part of the catalogue, or Unknown."""
    if found := await session.get(Part, part_no):
        return found
    raise Unknown("part")


def stock(store_id: str, part_no: str | None) -> Select[StockLevel]:
    """What lies on a store's shelves."""
    found = select(StockLevel).where(StockLevel.store_id == store_id)
    return found if part_no is None else found.where(StockLevel.part_no == part_no)


def movements(store_id: str, part_no: str) -> Select[StockMovement]:
    """The ledger of one part in one store."""
    return select(StockMovement).where(StockMovement.store_id == store_id, StockMovement.part_no == part_no)


def part_lines(store_id: str | None, state: LineState | None, ro_id: UUID | None) -> Select[PartLine]:
    """Part lines of repair orders."""
    found = select(PartLine)
    if store_id is not None:
        found = found.where(PartLine.store_id == store_id)
    if state is not None:
        found = found.where(PartLine.state == state)
    if ro_id is not None:
        found = found.where(PartLine.ro_id == ro_id)
    return found


async def part_line(line_id: UUID, session: AsyncSession) -> PartLine:
    """One part line, or Unknown."""
    if line := await session.get(PartLine, line_id):
        return line
    raise Unknown("part line")
