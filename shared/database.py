"""The ground under every service: its declarative base, row mixins, sessions bound to the caller's stores.

Roles: `<service>_owner` migrates, `<service>` has DML only.  Row-level security limits every row that has a store to the
stores in `app.stores`; unset means no rows at all.
"""

import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import uuid_utils.compat
from sqlalchemy import BigInteger, DateTime, MetaData, Text, Uuid, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from shared import clock
from shared.cause import cause
from shared.events import About
from shared.refusal import Refused
from shared.settings import Settings

ALL_STORES = "*"

new_id: Callable[[], UUID] = uuid_utils.compat.uuid7
"""A fresh UUIDv7: time-ordered, made by the client."""


class Base(DeclarativeBase):
    """Each service derives its own `Base` from this one: `class Base(database.Base): metadata = database.metadata()`."""

    __abstract__ = True
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        str: Text(),
        int: BigInteger(),
        dict[str, Any]: JSONB(),
        list[str]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }


def metadata() -> MetaData:
    """A fresh MetaData with the naming convention of all services."""
    return MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Effect:
    """A row that something caused: `cause_id` is the request or heard event, read when the row is constructed."""

    cause_id: Mapped[UUID] = mapped_column()


class OfStore:
    """A row that belongs to one store (row-level security)."""

    store_id: Mapped[str] = mapped_column()


class Aggregate(Effect, OfStore):
    """A thing with its own life: locked, versioned and spoken about as a whole.  `version` rises with
    every fact and every change that its readers see (numbers may be left out); it is the ETag of its HTTP resource."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int] = mapped_column(default=0)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version, "version_id_generator": False}

    def next_version(self, correlation: UUID | None = None) -> About:
        """Raise the version for the fact that is about to be said; `correlation` is the repair order's id."""
        self.version += 1
        return About(subject=self.id, version=self.version, store_id=self.store_id, correlation=correlation)


class Stated:
    """An aggregate with a state machine: `STEPS` lists the allowed (from, to) pairs; each step leaves a history row."""

    STEPS: ClassVar[frozenset[tuple[str, str]]]
    state: Mapped[str] = mapped_column()
    state_seq: Mapped[int] = mapped_column(default=0)

    def move(self, to: str) -> None:
        """Step to another state; Refused('illegal_transition') when the table does not allow it."""
        if (self.state, to) not in self.STEPS:
            raise Refused("illegal_transition", "This step is not possible now.", state=self.state, wanted=to)
        self._step(self.state, to)

    def begin(self, state: str) -> None:
        """Enter the first state (in the constructor)."""
        self.state_seq = 0
        self._step(None, state)

    def _step(self, before: str | None, to: str) -> None:
        self.state, self.state_seq = to, self.state_seq + 1
        self.__dict__.setdefault("_steps", []).append(
            {
                "subject_id": self.id,  # type: ignore[attr-defined]
                "store_id": self.store_id,  # type: ignore[attr-defined]
                "seq": self.state_seq,
                "from_state": before,
                "to_state": to,
                "at": clock.now(),
                "actor": cause().actor,
                "cause_id": cause().id,
            }
        )


@event.listens_for(Base, "init", propagate=True)
def _stamp(target: Base, args: Any, kwargs: dict[str, Any]) -> None:
    """Constructors read the cause at once: a column default would be evaluated at flush, with another message's cause."""
    if isinstance(target, Effect):
        kwargs.setdefault("cause_id", cause().id)
    if isinstance(target, Aggregate):
        kwargs.setdefault("id", new_id())
        kwargs.setdefault("version", 0)


_HISTORY = text(
    "INSERT INTO state_history (subject_id, store_id, seq, from_state, to_state, at, actor, cause_id)"
    " VALUES (:subject_id, :store_id, :seq, :from_state, :to_state, :at, :actor, :cause_id)"
)


@event.listens_for(Session, "before_flush")
def _write_history(session: Session, context: Any, instances: Any) -> None:
    steps: list[dict[str, Any]] = []
    for row in (*session.new, *session.dirty):
        steps += row.__dict__.pop("_steps", ())
    if steps:
        session.execute(_HISTORY, steps)


@dataclass
class Database:
    """One service's database as its service role.  `outlet` gets what was announced, right after each commit."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    hearing: async_sessionmaker[AsyncSession]
    """Sessions of the inbox, the relay and the scheduler, which work for all stores."""
    engines: tuple[AsyncEngine, ...] = field(default=())

    @classmethod
    def connect(cls, service: str, settings: Settings, outlet: Callable[[list[Any]], None] | None = None) -> "Database":
        """Open the pools (lazily); `outlet` is where announced rows go after commit."""
        url = settings.postgres_url(service, settings.database(service)).replace("postgresql://", "postgresql+asyncpg://", 1)

        def engine(size: int, **session_settings: str) -> AsyncEngine:
            return create_async_engine(
                url,
                pool_size=size,
                max_overflow=0,
                pool_timeout=2,
                hide_parameters=True,
                connect_args={
                    "command_timeout": 10,
                    "server_settings": {
                        "application_name": f"loop4s:{service}",
                        "statement_timeout": "5000",
                        "lock_timeout": "2000",
                        "idle_in_transaction_session_timeout": "30000",
                        **session_settings,
                    },
                },
            )

        info = {"outlet": outlet}
        at_the_counter = engine(settings.http_pool)
        hearing = engine(4, **{"app.stores": ALL_STORES})
        return cls(
            at_the_counter,
            async_sessionmaker(at_the_counter, expire_on_commit=False, info=info),
            async_sessionmaker(hearing, expire_on_commit=False, info=info),
            (at_the_counter, hearing),
        )

    @asynccontextmanager
    async def transaction(self, stores: Iterable[str]) -> AsyncIterator[AsyncSession]:
        """One transaction that sees only these stores; commits at the end, rolls back on any exception."""
        async with self.sessions.begin() as session:
            await session.execute(text("SELECT set_config('app.stores', :stores, true)"), {"stores": ",".join(stores)})
            yield session

    async def close(self) -> None:
        for engine in self.engines:
            await engine.dispose()


TRANSIENT_CLASSES = ("08", "40", "53", "57")
"""SQLSTATE classes of connections, serialisation and deadlocks, resources, and operators' interventions."""
LOCK_NOT_AVAILABLE = "55P03"


def sqlstate(error: BaseException) -> str | None:
    """The five-character code that PostgreSQL gave, if any."""
    found: BaseException | None = error
    while found is not None:
        for holder in (found, getattr(found, "orig", None)):
            if isinstance(code := getattr(holder, "sqlstate", None), str):
                return code
        found = found.__cause__
    return None


def transient(error: BaseException) -> bool:
    """Whether the database, not the work, is at fault: the same work may succeed when it is tried again."""
    if (
        isinstance(error, (StaleDataError, PoolTimeout, ConnectionError, TimeoutError, socket.gaierror))
        or type(error) is OSError
    ):
        return True  # asyncio raises a plain OSError when it finds nobody at any of a name's addresses
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if (code := sqlstate(error)) is not None:
        return code[:2] in TRANSIENT_CLASSES or code == LOCK_NOT_AVAILABLE
    return isinstance(error, (OperationalError, InterfaceError, asyncpg.InterfaceError))
