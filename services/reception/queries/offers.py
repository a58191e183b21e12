"""What the parts department offers, and whether it is enough for an estimate."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import EstimateLine, PartOffer, RepairOrder, RepairOrderLine
from services.reception.domain.decisions import LineDecision
from services.reception.queries.estimates import estimate_of
from shared import clock
from shared.settings import stores


@dataclass(frozen=True, slots=True)
class Availability:
    """One part line of an estimate beside what lies free; `offer` is None where parts has said nothing of the part."""

    line: EstimateLine
    offer: PartOffer | None
    enough: bool
    """Whether all lines of the estimate that need this part can be met."""
    expected_on: date | None
    """When the supplier would bring what is short, ordered today; None when there is enough, or nobody knows."""


def offers(store_id: str, wanted: str | None, part_no: str | None) -> Select[PartOffer]:
    """The store's offers; `wanted`: the beginning of a part number, or what a name contains; `part_no`: exactly this one."""
    found = select(PartOffer).where(PartOffer.store_id == store_id, PartOffer.part_no.is_not(None))
    if part_no is not None:
        found = found.where(PartOffer.part_no == part_no)
    if wanted is None:
        return found
    named = (name.contains(wanted, autoescape=True) for name in (PartOffer.name_zh, PartOffer.name_en))
    return found.where(or_(PartOffer.part_no.startswith(wanted, autoescape=True), *named))


async def offered(store_id: str, part_nos: set[str], session: AsyncSession) -> dict[str, PartOffer]:
    """The store's offers of these parts by number."""
    return {offer.part_no: offer for offer in await session.scalars(PartOffer.of_parts(store_id, part_nos))}


async def availability_for(ro_id: UUID, session: AsyncSession) -> Sequence[Availability]:
    """Of each part line of the order's newest estimate that nobody decided about yet: what was agreed to is reserved."""
    order = await session.get_one(RepairOrder, ro_id)
    estimate = await estimate_of(order, session)
    decided = set(await session.scalars(select(LineDecision.line_id).where(LineDecision.ro_id == ro_id)))
    decided.update(await session.scalars(select(RepairOrderLine.id).where(RepairOrderLine.ro_id == ro_id)))
    lines = [line for line in estimate.lines if line.part_no and line.id not in decided] if estimate else []
    needed = Counter[str]()
    for line in lines:
        needed[line.part_no or ""] += line.quantity_milli or 0
    known = await offered(order.store_id, set(needed), session)
    today = clock.day_in(stores()[order.store_id].time_zone)
    answers = []
    for line in lines:
        offer = known.get(line.part_no or "")
        enough = offer is not None and needed[offer.part_no] <= offer.free_milli
        expected = None if offer is None or enough else today + timedelta(days=offer.lead_time_days)
        answers.append(Availability(line, offer, enough, expected))
    return answers
