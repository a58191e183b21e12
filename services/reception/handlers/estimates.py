"""Drawing up estimates."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.estimates import DrawUpEstimate, LabourLine, PartLine
from services.reception.domain import Estimate, EstimateLine, RepairOrder
from services.reception.domain.estimates import EstimateTerms
from services.reception.domain.price_lists import PriceList
from services.reception.handlers.policies import terms_in_force
from services.reception.handlers.prices import agree_on_prices, price_list_for
from services.reception.handlers.timeline import tell_customer
from services.reception.handlers.visits import keep_visit
from shared.database import new_id
from shared.outbox import announce
from shared.refusal import Invalid


async def draw_up_estimate(ro_id: UUID, command: DrawUpEstimate, roles: Collection[str], session: AsyncSession) -> Estimate:
    """Propose these lines, priced by the lists; they replace the estimate before.  `roles`: of whoever prices them."""
    order = await session.get_one(RepairOrder, ro_id)
    jobs = _jobs(command)
    prices = await price_list_for(order, (_code(line) for line in command.lines), session)
    estimate = order.propose([_line(order, position, asked, jobs, prices) for position, asked in enumerate(command.lines)])
    await agree_on_prices(order, estimate.lines, roles, command, session)
    estimate.stand(await terms_in_force(EstimateTerms, order.store_id, session))
    session.add(estimate)
    announce(session, estimate.issued())
    await keep_visit(order, session)
    tell_customer(order, "estimated", session, number=estimate.number, total_fen=estimate.total_fen)
    return estimate


def _code(line: LabourLine | PartLine) -> str:
    return line.op_code if isinstance(line, LabourLine) else line.part_no


def _jobs(command: DrawUpEstimate) -> dict[str, UUID]:
    """Ids of the labour lines by the name that part lines refer to them by."""
    jobs: dict[str, UUID] = {}
    for position, line in enumerate(command.lines):
        if isinstance(line, LabourLine):
            if line.ref in jobs:
                raise Invalid(f"body.lines.{position}.ref", "ref_repeated", "Another labour line has this name.")
            jobs[line.ref] = new_id()
    return jobs


def _line(
    order: RepairOrder, position: int, asked: LabourLine | PartLine, jobs: dict[str, UUID], prices: PriceList
) -> EstimateLine:
    wording = prices.complete(f"body.lines.{position}", asked.model_dump(exclude={"ref", "labour_line_ref"}))
    if isinstance(asked, LabourLine):
        id, serves = jobs[asked.ref], None
    elif asked.labour_line_ref in jobs:
        id, serves = new_id(), jobs[asked.labour_line_ref]
    else:
        raise Invalid(
            f"body.lines.{position}.labour_line_ref", "labour_line_unknown", "No labour line of this estimate has this name."
        )
    return EstimateLine(id=id, store_id=order.store_id, ro_id=order.id, position=position, labour_line_id=serves, **wording)
