"""Policies over HTTP: what a store, or the group for all stores, sets for itself."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.reception.commands.policies import SetGroupPolicy, SetPolicy
from services.reception.domain import ReceptionPolicy
from services.reception.handlers import policies as handlers
from services.reception.queries import policies as asked
from shared.database import ALL_STORES
from shared.fields import StoreId, View
from shared.permissions import NotAllowed
from shared.policies import ALL
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["policies"])
Name = Annotated[str, Path(pattern=r"^[a-z0-9_-]{1,40}$")]


class PolicyView(View):
    """One version of a policy; `store_id` is 'all' for the whole group."""

    id: UUID
    store_id: str
    name: str
    version: int
    valid_from: datetime
    value: dict[str, Any]
    actor: str


class TermsView(View):
    """The terms in force; `version` and `set_by` (a store, or 'all') are null where the defaults hold."""

    name: str
    terms: dict[str, Any]
    version: int | None
    set_by: str | None


@router.get("/stores/{store_id}/terms", response_model=Listing[TermsView])
async def read_terms(store_id: StoreId, door: Annotated[Door, allows("reception.read")]) -> Listing[TermsView]:
    """Everything that the store is judged by now."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        found = await asked.all_in_force(store_id, session)
    items = [
        TermsView(
            name=name,
            terms=terms.model_dump(mode="json"),
            version=policy.version if policy else None,
            set_by=policy.store_id if policy else None,
        )
        for name, (terms, policy) in found.items()
    ]
    return Listing(items=items, next=None)


@router.get("/policies", response_model=Listing[PolicyView])
async def list_policies(
    page: Paged,
    door: Annotated[Door, allows("reception.read")],
    store_id: Annotated[StoreId | None, Query()] = None,
    name: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
) -> Listing[PolicyView]:
    """Versions, newest first."""
    async with door.reading() as session:
        rows, following = await page_of(session, asked.versions(store_id=store_id, name=name), [ReceptionPolicy.id], page)
    return Listing(items=[PolicyView.model_validate(row) for row in rows], next=following)


@router.post("/stores/{store_id}/policies/{name}", status_code=201, response_model=PolicyView)
async def set_store_policy(
    store_id: StoreId, name: Name, body: SetPolicy, door: Annotated[Door, allows("reception.set_policies")]
) -> Response:
    """Add a version for one store; it goes before the group's."""
    async with door.creating(store_id) as session:
        policy = await handlers.set_policy(store_id, name, body, session)
        return door.answer(201, PolicyView.model_validate(policy))


@router.post("/policies", status_code=201, response_model=PolicyView)
async def set_group_policy(body: SetGroupPolicy, door: Annotated[Door, allows("reception.set_group_policies")]) -> Response:
    """Add a version for all stores; only for who may do so in all of them."""
    if ALL_STORES not in door.stores:
        raise NotAllowed("reception.set_group_policies")
    async with door.creating() as session:
        policy = await handlers.set_policy(ALL, body.name, body, session)
        return door.answer(201, PolicyView.model_validate(policy))
