"""Who may log in to the pages, and who is logged in."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.console.domain.tables import Base
from shared import clock
from shared.database import new_id

LASTS = timedelta(hours=12)
"""A session ends a working day after the login."""


class User(Base):
    """A local user; `grants`: store code or '*' -> roles."""

    __tablename__ = "users"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    grants: Mapped[dict[str, Any]]
    language: Mapped[str | None]


class Session(Base):
    """One login; the cookie's value is known by its hash only."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    began_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    @classmethod
    def begun_by(cls, user: User, token_hash: bytes) -> "Session":
        now = clock.now()
        return cls(token_hash=token_hash, user_id=user.id, began_at=now, expires_at=now + LASTS)


class FailedLogin(Base):
    """A login that failed: what was typed as the name (hashed: it may have been a password) and from where."""

    __tablename__ = "failed_logins"
    __table_args__ = (Index(None, "at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name_hash: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[str]
    at: Mapped[datetime]
