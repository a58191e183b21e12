"""Finding the lists that lines are priced by, and who must agree to a price."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.estimates import Approved
from services.reception.domain import Operation, PartOffer, PricedLine, PriceTerms, ReceptionPolicy, RepairOrder, Vehicle
from services.reception.domain.discounts import DiscountTerms, above_agreed, above_list, below_agreed, discounts
from services.reception.domain.price_lists import PriceList
from services.reception.handlers.approvals import use_approval
from shared import clock
from shared.policies import terms_in_force
from shared.refusal import Refused


async def price_list_for(order: RepairOrder, codes: Iterable[str | None], session: AsyncSession) -> PriceList:
    """What the store asks now of a car like the order's, as far as these operations and parts need it."""
    policy = await session.scalar(ReceptionPolicy.in_force(PriceTerms.NAME, order.store_id, clock.now()))
    vehicle = await session.get_one(Vehicle, order.vehicle_id)
    wanted = {code for code in codes if code}
    known = await session.scalars(select(Operation).where(Operation.op_code.in_(wanted)))
    offers = await session.scalars(PartOffer.of_parts(order.store_id, wanted))
    return PriceList.under(policy, vehicle.model, known, offers)


async def agree_on_prices(
    order: RepairOrder, lines: Sequence[PricedLine], roles: Collection[str], approved: Approved, session: AsyncSession
) -> None:
    """Whoever prices these lines may do so: alone up to the own limit, with what a second person granted beyond it.

    Refused: `discount_above_limit` with the limit and the role that may grant it, `price_above_list`; both with kind, subject
    and values of the approval that it takes; and what `Approval.use` refuses."""
    terms = await terms_in_force(DiscountTerms, order.store_id, session)
    limit = terms.limit(roles)
    if (dearer := above_list(lines)) is not None:
        await _granted(approved.price_approval_id, "price", order, dearer, "price_above_list", session)
    if (beyond := discounts(lines, limit)) is not None:
        await _may_discount(order, beyond, limit, terms, approved, session)


async def agree_on_another_price(
    order: RepairOrder, line: PricedLine, agreed: PricedLine, roles: Collection[str], approved: Approved, session: AsyncSession
) -> None:
    """Whoever changes the price of a line may do so for who agreed to it: as `agree_on_prices`, and `price_above_agreed`; where
    no list knows the price, what is below the agreed one is a discount."""
    terms = await terms_in_force(DiscountTerms, order.store_id, session)
    limit = terms.limit(roles)
    dearer, code = above_list([line]), "price_above_list"
    if dearer is None:
        dearer, code = above_agreed(line, agreed), "price_above_agreed"
    if dearer is not None:
        await _granted(approved.price_approval_id, "price", order, dearer, code, session)
    if (beyond := discounts([line], limit) or below_agreed(line, agreed, limit)) is not None:
        await _may_discount(order, beyond, limit, terms, approved, session)


async def _may_discount(
    order: RepairOrder, beyond: dict[str, Any], limit: int, terms: DiscountTerms, approved: Approved, session: AsyncSession
) -> None:
    hint = {"limit_bp": limit, "needed_role": terms.needed_role(beyond["discount_bp"])}
    await _granted(approved.approval_id, "discount", order, beyond, "discount_above_limit", session, **hint)


async def _granted(
    approval_id: UUID | None, kind: str, order: RepairOrder, values: dict[str, Any], code: str, session: AsyncSession,
    **hint: object,
) -> None:  # fmt: skip
    if approval_id is None:
        raise Refused(code, "Somebody else must approve this price.", kind=kind, subject_id=order.id, values=values, **hint)
    await use_approval(approval_id, kind, order.id, values, session)
