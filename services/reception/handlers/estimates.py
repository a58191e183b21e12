"""Drawing up estimates."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.estimates import (
    AgencyLine,
    DrawUpEstimate,
    LabourLine,
    PackageLines,
    PartLine,
    ProposedLine,
    SubletLine,
)  # fmt: skip
from services.reception.domain import Estimate, EstimateLine, Package, RepairOrder
from services.reception.domain.estimates import EstimateTerms
from services.reception.domain.price_lists import PriceList
from services.reception.domain.services import agency_wording
from services.reception.handlers.packages import packages_named
from services.reception.handlers.prices import agree_on_prices, price_list_for
from services.reception.handlers.timeline import tell_customer
from services.reception.handlers.visits import keep_visit
from shared.database import new_id
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid

LINES_AT_MOST = 500
"""With those that packages bring."""


async def draw_up_estimate(ro_id: UUID, command: DrawUpEstimate, roles: Collection[str], session: AsyncSession) -> Estimate:
    """Propose these lines, priced by the lists; they replace the estimate before.  `roles`: of whoever prices them."""
    order = await session.get_one(RepairOrder, ro_id)
    estimate = order.propose(await _lines(order, command.lines, session))
    await agree_on_prices(order, estimate.lines, roles, command, session)
    estimate.stand(await terms_in_force(EstimateTerms, order.store_id, session))
    session.add(estimate)
    announce(session, estimate.issued())
    await keep_visit(order, session)
    tell_customer(order, "estimated", session, number=estimate.number, total_fen=estimate.total_fen)
    return estimate


async def _lines(order: RepairOrder, asked: Sequence[ProposedLine], session: AsyncSession) -> list[EstimateLine]:
    """The lines that are asked for, in their order, packages as the lines that they consist of."""
    jobs = _jobs(asked)
    named = {line.package_code for line in asked if isinstance(line, PackageLines)}
    packages = await packages_named(order.store_id, named, session) if named else {}
    prices = await price_list_for(order, _codes(asked, packages), session)
    made: list[EstimateLine] = []
    for at, line in enumerate(asked):
        place = f"body.lines.{at}"
        lines = (
            _of_package(place, line, packages, prices) if isinstance(line, PackageLines) else [_line(place, line, jobs, prices)]
        )
        for position, wording in enumerate(lines, len(made)):
            made.append(EstimateLine(store_id=order.store_id, ro_id=order.id, position=position, **wording))
            made[-1].asked_at(at)
    if len(made) > LINES_AT_MOST:
        raise Invalid("body.lines", "too_many_lines", "An estimate has fewer lines.", most=LINES_AT_MOST)
    return made


def _codes(asked: Iterable[ProposedLine], packages: Mapping[str, Package]) -> Iterator[str]:
    for line in asked:
        if isinstance(line, LabourLine):
            yield line.op_code
        elif isinstance(line, PartLine):
            yield line.part_no
    for package in packages.values():
        yield from package.codes


def _jobs(asked: Sequence[ProposedLine]) -> dict[str, UUID]:
    """Ids of the labour lines by the name that part lines refer to them by."""
    jobs: dict[str, UUID] = {}
    for position, line in enumerate(asked):
        if isinstance(line, LabourLine):
            if line.ref in jobs:
                raise Invalid(f"body.lines.{position}.ref", "ref_repeated", "Another labour line has this name.")
            jobs[line.ref] = new_id()
    return jobs


def _line(
    place: str, asked: LabourLine | PartLine | SubletLine | AgencyLine, jobs: dict[str, UUID], prices: PriceList
) -> dict[str, Any]:
    if isinstance(asked, AgencyLine):
        return agency_wording(asked.model_dump(), prices.terms.tax("agency")) | {"id": new_id()}
    wording = prices.complete(place, asked.model_dump(exclude={"ref", "labour_line_ref"}))
    if isinstance(asked, LabourLine):
        return wording | {"id": jobs[asked.ref]}
    if isinstance(asked, SubletLine):
        return wording | {"id": new_id()}
    if asked.labour_line_ref not in jobs:
        code = "labour_line_unknown"
        raise Invalid(f"{place}.labour_line_ref", code, "No labour line of this estimate has this name.")
    return wording | {"id": new_id(), "labour_line_id": jobs[asked.labour_line_ref]}


def _of_package(place: str, asked: PackageLines, packages: Mapping[str, Package], prices: PriceList) -> list[dict[str, Any]]:
    package = packages.get(asked.package_code)
    if package is None:
        raise Invalid(f"{place}.package_code", "package_unknown", "The store's menu has no such package.")
    told = asked.model_dump(include={"payers", "concern_code"})
    wordings = package.wordings(f"{place}.package_code", told, prices)
    jobs = {wording["op_code"]: new_id() for wording in wordings if wording["kind"] == "labour"}
    return [
        {name: value for name, value in wording.items() if name != "serves"}
        | {
            "id": jobs[wording["op_code"]] if wording["kind"] == "labour" else new_id(),
            "labour_line_id": jobs.get(wording["serves"]),
        }
        for wording in wordings
    ]
