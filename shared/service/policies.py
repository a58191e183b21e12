"""The routes by which stores and the group set their terms, the same for every service that has policies."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.database import ALL_STORES
from shared.fields import Body, Code, JsonObject, Moment, StoreId, View
from shared.permissions import NotAllowed
from shared.policies import ALL, Policy, Terms
from shared.refusal import Unknown
from shared.service.door import Door, allows
from shared.service.paging import Listing, Paged, page_of

Name = Annotated[str, Path(pattern=r"^[a-z0-9_-]{1,40}$")]
Following = Callable[[str, AsyncSession], Awaitable[None]]
"""What is to be done at once when a store ('all': the group) has other terms."""
NOTHING_FOLLOWS: Mapping[str, Following] = MappingProxyType({})
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('policies'), hashtext(:store_id))")


class SetPolicy(Body):
    """A store, or the group, sets terms for itself from a moment on."""

    value: JsonObject
    """Only what differs from the defaults."""
    valid_from: Moment | None = None
    """Now, when left out."""


class SetGroupPolicy(SetPolicy):
    """The same for all stores that have no terms of their own."""

    name: Code


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


async def _set(root: type[Terms], store_id: str, name: str, command: SetPolicy, session: AsyncSession) -> Policy:
    value = root.checked(name, command.value)
    await session.execute(_ONE_AT_A_TIME, {"store_id": store_id})
    model = root.POLICY
    versions = select(func.coalesce(func.max(model.version), 0)).where(model.name == name, model.store_id == store_id)
    policy = model.following((await session.scalars(versions)).one(), store_id, name, value, command.valid_from or clock.now())
    session.add(policy)
    await session.flush()
    return policy


def _versions(model: type[Policy], store_id: str | None, name: str | None) -> Select[Policy]:
    found = select(model)
    if store_id is not None:
        found = found.where(model.store_id == store_id)
    if name is not None:
        found = found.where(model.name == name)
    return found


async def _all_in_force(root: type[Terms], store_id: str, session: AsyncSession) -> list[TermsView]:
    found = []
    for name, kind in sorted(root.KINDS.items()):
        policy = await session.scalar(root.POLICY.in_force(name, store_id, clock.now()))
        found.append(
            TermsView(
                name=name,
                terms=kind.under(policy).model_dump(mode="json"),
                version=policy.version if policy else None,
                set_by=policy.store_id if policy else None,
            )
        )
    return found


def policy_routes(service: str, root: type[Terms], *, following: Mapping[str, Following] = NOTHING_FOLLOWS) -> APIRouter:
    """The routes for all terms under this root; who may use them: `<service>.read`, `.set_policies`, `.set_group_policies`.
    `following`: by the name of the terms, what else changes in the same transaction."""
    router = APIRouter(tags=["policies"])

    async def follow(policy: Policy, session: AsyncSession) -> None:
        if policy.name in following:
            await following[policy.name](policy.store_id, session)

    @router.get("/stores/{store_id}/terms", response_model=Listing[TermsView])
    async def read_terms(store_id: StoreId, door: Annotated[Door, allows(f"{service}.read")]) -> Listing[TermsView]:
        """Everything that the store is judged by now."""
        if not door.may_touch(store_id):
            raise Unknown("store")
        async with door.reading() as session:
            return Listing(items=await _all_in_force(root, store_id, session), next=None)

    @router.get("/policies", response_model=Listing[PolicyView])
    async def list_policies(
        page: Paged,
        door: Annotated[Door, allows(f"{service}.read")],
        store_id: Annotated[StoreId | None, Query()] = None,
        name: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    ) -> Listing[PolicyView]:
        """Versions, newest first."""
        async with door.reading() as session:
            rows, following = await page_of(session, _versions(root.POLICY, store_id, name), [root.POLICY.id], page)
        return Listing(items=[PolicyView.model_validate(row) for row in rows], next=following)

    @router.post("/stores/{store_id}/policies/{name}", status_code=201, response_model=PolicyView)
    async def set_store_policy(
        store_id: StoreId, name: Name, body: SetPolicy, door: Annotated[Door, allows(f"{service}.set_policies")]
    ) -> Response:
        """Add a version for one store; it goes before the group's."""
        async with door.creating(store_id) as session:
            policy = await _set(root, store_id, name, body, session)
            await follow(policy, session)
            return door.answer(201, PolicyView.model_validate(policy))

    @router.post("/policies", status_code=201, response_model=PolicyView)
    async def set_group_policy(
        body: SetGroupPolicy, door: Annotated[Door, allows(f"{service}.set_group_policies")]
    ) -> Response:
        """Add a version for all stores; only for who may do so in all of them."""
        if ALL_STORES not in door.stores:
            raise NotAllowed(f"{service}.set_group_policies")
        async with door.creating() as session:
            policy = await _set(root, ALL, body.name, body, session)
            await follow(policy, session)
            return door.answer(201, PolicyView.model_validate(policy))

    return router
