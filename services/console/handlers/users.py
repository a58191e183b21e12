"""Users: keep them, log them in and out."""

import asyncio
import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.commands import KeepUser, LogIn
from services.console.domain import FailedLogin, Session, User
from shared import clock
from shared.refusal import Refused

WATCHED = timedelta(minutes=15)
MOST_FAILURES = {"of_one_name_from_one_address": 5, "from_one_address": 30, "of_one_name": 60}
"""Failed logins within 15 minutes after which no more are tried."""

_hasher = PasswordHasher()
_nobody = _hasher.hash(secrets.token_urlsafe())
_two_at_a_time = asyncio.Semaphore(2)
"""A check takes 64 MiB and most of 50 ms of a core."""


class WrongPassword(Refused):
    """Name and password do not fit together; which of them, nobody is told.  Over HTTP: 401."""

    status = 401

    def __init__(self) -> None:
        super().__init__("wrong_password", "Name and password do not fit together.")


class TooManyFailures(Refused):
    """Too many logins failed lately.  Over HTTP: 429."""

    status = 429

    def __init__(self) -> None:
        super().__init__("too_many_failed_logins", "Too many logins failed; try again later.", minutes=WATCHED.seconds // 60)


async def keep_user(command: KeepUser, session: AsyncSession) -> User:
    """Make the user, or bring it to this password, grants and language; a new password ends the sessions made with the old."""
    known = await session.scalar(select(User).where(User.name == command.name).with_for_update())
    same = known is not None and await _fits(known.password_hash, command.password)
    hashed = known.password_hash if known and same else await asyncio.to_thread(_hasher.hash, command.password)
    fields = {
        "password_hash": hashed,
        "grants": {store: sorted(roles) for store, roles in command.grants.items()},
        "language": command.language,
    }
    user = await session.scalar(
        insert(User)
        .values(name=command.name, **fields)
        .on_conflict_do_update(index_elements=[User.name], set_=fields)
        .returning(User)
        .execution_options(populate_existing=True)
    )
    assert user is not None
    if known is not None and not same:
        await session.execute(delete(Session).where(Session.user_id == user.id))
    return user


async def log_in(command: LogIn, address: str, session: AsyncSession) -> str:
    """The value of a new session's cookie.  WrongPassword, TooManyFailures; a failure is kept even so: commit it."""
    name_hash = hashlib.sha256(command.name.casefold().encode()).digest()
    await _not_too_many_failures(name_hash, address, session)
    user = await session.scalar(select(User).where(User.name == command.name))
    if not await _fits(user.password_hash if user else _nobody, command.password) or user is None:
        session.add(FailedLogin(name_hash=name_hash, address=address, at=clock.now()))
        raise WrongPassword
    token = secrets.token_urlsafe(32)
    session.add(Session.begun_by(user, hash_of(token)))
    await session.execute(delete(Session).where(Session.expires_at < clock.now()))
    await session.execute(delete(FailedLogin).where(FailedLogin.at < clock.now() - WATCHED))
    return token


async def log_out(token: str, session: AsyncSession) -> None:
    """End the session with this cookie, if there is one."""
    await session.execute(delete(Session).where(Session.token_hash == hash_of(token)))


async def logged_in(token: str, session: AsyncSession) -> User | None:
    """Whose session this cookie belongs to, as long as it lasts."""
    return await session.scalar(
        select(User).join(Session).where(Session.token_hash == hash_of(token), Session.expires_at > clock.now())
    )


def hash_of(token: str) -> bytes:
    """What is kept of a cookie's value."""
    return hashlib.sha256(token.encode()).digest()


async def _fits(password_hash: str, password: str) -> bool:
    async with _two_at_a_time:
        try:
            return await asyncio.to_thread(_hasher.verify, password_hash, password)
        except VerificationError:
            return False


async def _not_too_many_failures(name_hash: bytes, address: str, session: AsyncSession) -> None:
    here, so_named = FailedLogin.address == address, FailedLogin.name_hash == name_hash
    counted = {
        "of_one_name_from_one_address": func.count().filter(here, so_named),
        "from_one_address": func.count().filter(here),
        "of_one_name": func.count().filter(so_named),
    }
    query = select(*(count.label(name) for name, count in counted.items())).where(FailedLogin.at > clock.now() - WATCHED)
    failures = (await session.execute(query)).one()._mapping
    if any(failures[name] >= most for name, most in MOST_FAILURES.items()):
        raise TooManyFailures
