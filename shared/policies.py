"""Policies: what a store, or the group for all its stores, sets for itself – as rows that are never changed, only followed by
newer versions.  The table comes with the backbone of every service."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Constraint, Select, UniqueConstraint, event, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from shared.cause import cause
from shared.database import Effect, OfStore, new_id

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
