"""Routes of warranty policies: what the maker covers, for a store or for the whole group."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from services.claims import queries
from services.claims.commands import KeepWarrantyPolicy
from services.claims.domain import WarrantyPolicy
from services.claims.handlers import warranty as handlers
from shared.database import ALL_STORES
from shared.fields import StoreId, View
from shared.permissions import NotAllowed
from shared.policies import ALL
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["warranty policies"])


class WarrantyPolicyView(View):
    """One version of a policy; `store_id` is 'all' for the whole group."""

    id: UUID
    store_id: str
    version: int
    valid_from: datetime
    actor: str
    brand: str
    model: str | None
    months: int
    km: int


@router.post("/stores/{store_id}/warranty-policies", status_code=201, response_model=WarrantyPolicyView)
async def keep_store_policy(
    store_id: StoreId, body: KeepWarrantyPolicy, door: Annotated[Door, allows("claims.keep_policies")]
) -> Response:
    """Add a policy version for one store; it goes before the group's."""
    async with door.creating(store_id) as session:
        policy = await handlers.keep_policy(store_id, body, session)
        return door.answer(201, WarrantyPolicyView.model_validate(policy))


@router.post("/warranty-policies", status_code=201, response_model=WarrantyPolicyView)
async def keep_group_policy(body: KeepWarrantyPolicy, door: Annotated[Door, allows("claims.keep_group_policies")]) -> Response:
    """Add a policy version for all stores; only for who may do so in all of them."""
    if ALL_STORES not in door.stores:
        raise NotAllowed("claims.keep_group_policies")
    async with door.creating() as session:
        policy = await handlers.keep_policy(ALL, body, session)
        return door.answer(201, WarrantyPolicyView.model_validate(policy))


@router.get("/warranty-policies")
async def list_policies(
    door: Annotated[Door, allows("claims.read")], page: Paged, store_id: StoreId | None = None
) -> Listing[WarrantyPolicyView]:
    """Policies of the caller's stores and of the group, newest first."""
    seen = None if ALL_STORES in door.stores else [*door.stores, ALL]
    if store_id:
        seen = [code for code in (seen or [store_id]) if code == store_id] or [""]
    async with door.reading() as session:
        rows, cursor = await page_of(session, queries.policies(seen), [WarrantyPolicy.id], page)
    return Listing(items=[WarrantyPolicyView.model_validate(row) for row in rows], next=cursor)
