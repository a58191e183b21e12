"""The door of a route: who may enter, which stores are visible, and the one transaction of the request."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.inspection import inspect
from sqlalchemy.sql.base import ExecutableOption

from shared import telemetry
from shared.cause import Cause, bound
from shared.database import ALL_STORES, Database
from shared.identity import Caller, NotIdentified, read_token
from shared.permissions import ACTIONS, stores_for
from shared.refusal import Refused, Stale, Unknown
from shared.service.idempotency import Key
from shared.settings import stores


class Versioned(Protocol):
    """A row with a single key, whose `version` rises with every change that its readers see."""

    @property
    def version(self) -> int: ...


Thing = TypeVar("Thing", bound=Versioned)

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="Access token with typ=at+jwt, audience loop4s")


class IfMatchMissing(Refused):
    """A write to something that exists must say which version it saw.  Over HTTP: 428."""

    status = 428

    def __init__(self) -> None:
        super().__init__("if_match_missing", 'Send If-Match with the ETag that you read, e.g. "3".')


class Door:
    """An entered door: `caller` is proven and may perform the route's action in `stores` (('*',) = in all of them).

    A request opens exactly one of `reading`, `creating`, `changing`; nothing else commits.
    """

    def __init__(self, request: Request, caller: Caller, action: str, database: Database) -> None:
        self.caller = caller
        self.stores = stores_for(caller, action)
        self.only_own = ACTIONS[action].scope == "own"
        """Whether the caller may touch only what is assigned to them; see `must_own`."""
        self._request, self._database = request, database
        self._answer: Response | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A read-only transaction that sees the caller's stores."""
        with bound(self._cause()):
            async with self._database.transaction(self.stores) as session:
                await session.execute(text("SET TRANSACTION READ ONLY"))
                yield session

    @asynccontextmanager
    async def creating(self, store_id: str | None = None) -> AsyncIterator[AsyncSession]:
        """The transaction of a request that makes something, in `store_id` where it belongs to a store (Unknown, 404, when
        that is not the caller's).  A repeated Idempotency-Key ends here with the first answer."""
        with bound(self._cause()):
            key = Key.of(self._request, self.caller.subject)
            async with self._database.transaction(self.stores) as session:
                if key:
                    await key.claim(session)
                if store_id is not None and not self.may_touch(store_id):
                    raise Unknown("store")
                yield session
                if key:
                    if self._answer is None:
                        raise RuntimeError("a route that writes must build its answer with door.answer() in its transaction")
                    await session.flush()
                    await key.keep(session, self._answer)

    @asynccontextmanager
    async def changing(self, model: type[Thing], id: UUID | str, *options: ExecutableOption) -> AsyncIterator[AsyncSession]:
        """The transaction of a request that changes the thing with the key `id`: locked, and of the version named in If-Match
        (404 Unknown, 428 IfMatchMissing, 412 Stale).  `await session.get_one(model, id)` inside finds it without a query,
        with what `options` loaded (e.g. selectinload of its lines)."""
        async with self.creating() as session:
            (key,) = inspect(model).primary_key
            rows = await session.scalars(select(model).where(key == id).options(*options).with_for_update(of=model))
            row = rows.one_or_none()
            if row is None:
                raise Unknown(_words(model.__name__))
            self.must_have_seen(row.version)
            yield session

    def may_touch(self, store_id: str) -> bool:
        """Whether this is a store of the group in which the caller may perform the action."""
        return store_id in stores() and (ALL_STORES in self.stores or store_id in self.stores)

    def also_may(self, action: str, store_id: str) -> bool:
        """Whether the caller may perform another action, too, in this store: who reads an order may see persons only so.
        KeyError when the table of permissions does not know the action."""
        return bool(ACTIONS[action].roles & self.roles_in(store_id))

    def roles_in(self, store_id: str) -> frozenset[str]:
        """All roles that the caller has in this store, for rules that give each role a limit."""
        grants = self.caller.grants
        return grants.get(store_id, frozenset()) | grants.get(ALL_STORES, frozenset())

    def must_own(self, subject: str | None, what: str) -> None:
        """Unknown(what) when the caller may touch only their own and this is somebody else's (`subject`: whose it is)."""
        if self.only_own and subject != self.caller.subject:
            raise Unknown(what)

    def answer(
        self,
        status: int,
        view: BaseModel | Sequence[BaseModel] | None,
        *,
        version: int | None = None,
        location: str | None = None,
    ) -> Response:
        """The response with this body, ETag and Location; in `creating` and `changing` also kept as the answer to the
        request's Idempotency-Key."""
        headers: dict[str, str] = {}
        if version is not None:
            headers["ETag"] = f'"{version}"'
        if location is not None:
            headers["Location"] = location
        self._answer = Response(_json(view), status, headers, "application/json")
        return self._answer

    def must_have_seen(self, version: int) -> None:
        """IfMatchMissing (428) or Stale (412) unless the request names this version.  `changing` asks so by itself; a route
        that locks more than one thing asks inside `creating`, once all are locked."""
        wanted = self._request.headers.get("if-match")
        if wanted is None:
            raise IfMatchMissing
        if f'"{version}"' not in (tag.strip() for tag in wanted.split(",")):
            raise Stale(version)

    def _cause(self) -> Cause:
        return Cause(
            id=self._request.state.request_id,
            actor=f"user:{self.caller.subject}",
            stores=self.stores,
            traceparent=telemetry.current_traceparent(),
        )


def _words(name: str) -> str:
    """'RepairOrder' -> 'repair order'."""
    return "".join(f" {char.lower()}" if char.isupper() else char for char in name).strip()


def _json(view: BaseModel | Sequence[BaseModel] | None) -> str:
    if view is None:
        return ""
    if isinstance(view, BaseModel):
        return view.model_dump_json()
    return f"[{','.join(each.model_dump_json() for each in view)}]"


class Allows:
    """The dependency behind `allows`.  The caller is whom a dependency before it has proven otherwise than by a token (the
    console's pages: by a session cookie) and put into `request.state.caller`, else whom the bearer token proves."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.permission = ACTIONS[action]

    async def __call__(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Door:
        caller: Caller | None = getattr(request.state, "caller", None)
        if caller is None:
            if credentials is None:
                raise NotIdentified("no bearer token")
            caller = await read_token(credentials.credentials)
        request.state.actor = f"user:{caller.subject}"
        return Door(request, caller, self.action, request.app.state.database)


def allows(action: str) -> Any:
    """Route parameter `door: Annotated[Door, allows("parts.issue")]`: only callers that the table of permissions allows this
    action come in.  KeyError, when the module is imported, for an action that is not in the table."""
    return Depends(Allows(action))


class Lobby:
    """What is open to everybody: nobody is asked who they are, and nothing can be written."""

    def __init__(self, request: Request) -> None:
        self._request = request

    @asynccontextmanager
    async def reading(self, store_id: str) -> AsyncIterator[AsyncSession]:
        """A read-only transaction that sees this one store (Unknown, 404, where the group has none of this code)."""
        if store_id not in stores():
            raise Unknown("store")
        database: Database = self._request.app.state.database
        cause = Cause(self._request.state.request_id, "public", (store_id,), traceparent=telemetry.current_traceparent())
        with bound(cause):
            async with database.transaction((store_id,)) as session:
                await session.execute(text("SET TRANSACTION READ ONLY"))
                yield session


class Public:
    """The dependency behind `public`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __call__(self, request: Request) -> Lobby:
        """Everybody may enter."""
        return Lobby(request)


def public(reason: str) -> Any:
    """Route parameter `dependencies=[public("the login itself")]`, or `lobby: Annotated[Lobby, public("…")]` where rows are
    read: open to everybody, and why."""
    return Depends(Public(reason))
