"""Policies: what a store, or the group for all its stores, sets for itself – as rows that are never changed, only followed by
newer versions.  The table comes with the backbone of every service."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Constraint, Select, UniqueConstraint, event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore, new_id
from shared.refusal import Invalid, Unknown

ALL = "all"
"""In place of a store's code: for every store that has no better fitting policy of its own."""


class Policy(Effect, OfStore):
    """One version of a policy.  A service with policies maps it: `class WarrantyPolicy(Policy, Base)`.  All stores see the
    group's policies; only who acts for all stores may add one."""

    __tablename__ = "policies"

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Constraint, ...]:
        return (UniqueConstraint("store_id", "name", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column()
    version: Mapped[int] = mapped_column()
    """1, 2, 3 … per store and name"""
    valid_from: Mapped[datetime] = mapped_column()
    value: Mapped[dict[str, Any]] = mapped_column()
    actor: Mapped[str] = mapped_column()
    """Who added it."""

    @classmethod
    def following(cls, version: int, store_id: str, name: str, value: dict[str, Any], valid_from: datetime) -> Self:
        """The version after this one."""
        policy = cls()
        policy.store_id, policy.name, policy.version = store_id, name, version + 1
        policy.value, policy.valid_from = value, valid_from
        return policy

    @classmethod
    def named(cls, name: str, store_id: str) -> Select[Self]:
        """All versions of this policy that a store may be judged by: its own and the group's."""
        return select(cls).where(cls.name == name, cls.store_id.in_((store_id, ALL)))

    @classmethod
    def in_force(cls, name: str, store_id: str, at: datetime) -> Select[Self]:
        """The one version that a store is judged by at that moment: its own, else the group's, else none."""
        return (
            cls.named(name, store_id)
            .where(cls.valid_from <= at)
            .order_by((cls.store_id == store_id).desc(), cls.valid_from.desc(), cls.version.desc())
            .limit(1)
        )


@event.listens_for(Policy, "init", propagate=True)
def _stamp(target: Policy, args: Any, kwargs: dict[str, Any]) -> None:
    kwargs.setdefault("actor", cause().actor)


class Terms(BaseModel):
    """The terms of one policy; the fields' defaults hold where nobody set anything.  A service derives its root (`class
    Terms(policies.Terms, policy=WorkshopPolicy)`), and a subject its own from that (`class CapacityTerms(Terms,
    name="capacity")`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    NAME: ClassVar[str]
    POLICY: ClassVar[type[Policy]]
    KINDS: ClassVar[dict[str, type["Terms"]]]
    """By name, all terms of the service."""

    def __init_subclass__(cls, *, policy: type[Policy] | None = None, name: str = "", **more: Any) -> None:
        super().__init_subclass__(**more)
        if policy is not None:
            cls.POLICY, cls.KINDS = policy, {}
        else:
            cls.NAME = name
            cls.KINDS[name] = cls

    @classmethod
    def under(cls, policy: Policy | None) -> Self:
        """The defaults, with what the policy says otherwise."""
        return cls.model_validate(policy.value if policy else {})

    @classmethod
    def named(cls, name: str) -> type["Terms"]:
        """Of the service's; Unknown(policy) for a name that nothing is judged by."""
        if name not in cls.KINDS:
            raise Unknown("policy")
        return cls.KINDS[name]

    @classmethod
    def checked(cls, name: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """The value as it is kept; Invalid naming the first field that does not fit."""
        try:
            return cls.named(name).model_validate(dict(value)).model_dump(mode="json", exclude_unset=True)
        except ValidationError as wrong:
            first = wrong.errors(include_input=False, include_url=False, include_context=False)[0]
            place = ".".join(map(str, ("body", "value", *first["loc"])))
            raise Invalid(place, first["type"], first["msg"]) from None


T = TypeVar("T", bound=Terms)


async def terms_in_force(kind: type[T], store_id: str, session: AsyncSession, at: datetime | None = None) -> T:
    """The terms that the store is judged by at that moment (now, when left out)."""
    return kind.under(await session.scalar(kind.POLICY.in_force(kind.NAME, store_id, at or clock.now())))
