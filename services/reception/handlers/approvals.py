"""Asking for a second pair of eyes, granting, and using what was granted."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.approvals import AskApproval, DecideApproval
from services.reception.domain import Approval
from services.reception.domain.discounts import DiscountTerms
from shared.policies import terms_in_force
from shared.refusal import Invalid, Refused


async def ask_approval(store_id: str, command: AskApproval, session: AsyncSession) -> Approval:
    """Put a request before those who may grant it."""
    approval = Approval(store_id=store_id, **command.model_dump(exclude={"values"}), asked=command.values)
    session.add(approval)
    return approval


async def decide_approval(
    approval_id: UUID, command: DecideApproval, roles: Collection[str], session: AsyncSession
) -> Approval:
    """Grant or refuse; `roles`: of whoever decides.  Refused: what `DiscountTerms.refuse_to_grant` and `Approval.decide` do."""
    approval = await session.get_one(Approval, approval_id)
    if command.granted and approval.kind == "discount":
        (await terms_in_force(DiscountTerms, approval.store_id, session)).refuse_to_grant(approval.asked, roles)
    approval.decide(granted=command.granted, note=command.note)
    return approval


async def use_approval(
    approval_id: UUID | None, kind: str, subject_id: UUID, values: Mapping[str, Any], session: AsyncSession
) -> Approval:
    """What only two people may do is about to happen: with this approval, once.

    `values` are JSON values (ids as text) that say exactly what will be done.  Refused('approval_needed', kind, subject_id,
    values) without one, so that the caller knows what to ask for; Invalid(`approval_unknown`); what `Approval.use` refuses."""
    if approval_id is None:
        raise Refused(
            "approval_needed", "Somebody else must approve this first.", kind=kind, subject_id=subject_id, values=dict(values)
        )
    approval = await session.get(Approval, approval_id, with_for_update=True)
    if approval is None:
        raise Invalid("body.approval_id", "approval_unknown", "There is no such approval.")
    approval.use(kind, subject_id, values)
    return approval
