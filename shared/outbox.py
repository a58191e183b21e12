"""The writing half of saying a fact: `announce` puts it into the outbox in the caller's own transaction.

The outbox is the speaker's journal: rows are marked sent by the relay and kept for 30 days, one partition a day.  All facts
of a transaction are written by one statement right before COMMIT, and handed to the relay right after it.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from shared import clock
from shared.cause import cause
from shared.database import new_id
from shared.events import Event
from shared.events.envelope import LARGEST_BODY
from shared.refusal import Refused
from shared.settings import stores

NOT_WRITTEN = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Announced:
    """One outbox row on its way; `day`, `announced_at` and `epoch` come from the database."""

    id: UUID
    type: str
    store_id: str
    subject: UUID
    version: int
    routing_key: str
    headers: dict[str, Any]
    """correlation, causation, actor, business_date, traceparent"""
    body: str
    day: date = field(default=date.min)
    announced_at: datetime = field(default=NOT_WRITTEN)
    epoch: int = 1

    @property
    def correlation(self) -> str | None:
        """The repair order's id in text, if known."""
        found: str | None = self.headers["correlation"]
        return found


_WRITE = text("""
    WITH said AS (
        INSERT INTO outbox (id, type, store_id, subject, version, epoch, routing_key, headers, body)
        SELECT id, type, store_id, subject, version, (SELECT epoch FROM speaker), routing_key, headers::jsonb, body
        FROM unnest(CAST(:id AS uuid[]), CAST(:type AS text[]), CAST(:store_id AS text[]), CAST(:subject AS uuid[]),
                    CAST(:version AS bigint[]), CAST(:routing_key AS text[]), CAST(:headers AS text[]), CAST(:body AS text[]))
             AS facts (id, type, store_id, subject, version, routing_key, headers, body))
    SELECT (now() AT TIME ZONE 'UTC')::date, now(), (SELECT epoch FROM speaker)
""")


def announce(session: AsyncSession, *events: Event) -> None:
    """Say these facts if and when this transaction commits.  Refused('oversize') above 256 KiB."""
    because = cause()
    waiting: list[Announced] = session.sync_session.info.setdefault("announced", [])
    for said in events:
        body = said.body()
        if len(body) > LARGEST_BODY // 4 and len(body.encode()) > LARGEST_BODY:
            raise Refused("oversize", "The fact is too large to be said.", type=said.type, limit=LARGEST_BODY)
        about = said.about
        correlation = about.correlation or because.correlation
        waiting.append(
            Announced(
                id=new_id(),
                type=said.type,
                store_id=about.store_id,
                subject=about.subject,
                version=about.version,
                routing_key=said.routing_key,
                headers={
                    "correlation": str(correlation) if correlation else None,
                    "causation": str(because.id),
                    "actor": because.actor,
                    "business_date": clock.day_in(stores()[about.store_id].time_zone).isoformat(),
                    "traceparent": because.traceparent,
                },
                body=body,
            )
        )


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    rows: list[Announced] | None = session.info.get("announced")
    if not rows or session.in_nested_transaction():
        return
    day, at, epoch = (
        session.connection()
        .execute(
            _WRITE,
            {
                "id": [r.id for r in rows],
                "type": [r.type for r in rows],
                "store_id": [r.store_id for r in rows],
                "subject": [r.subject for r in rows],
                "version": [r.version for r in rows],
                "routing_key": [r.routing_key for r in rows],
                "headers": [json.dumps(r.headers) for r in rows],
                "body": [r.body for r in rows],
            },
        )
        .one()
    )
    for row in rows:
        row.day, row.announced_at, row.epoch = day, at, epoch


@event.listens_for(Session, "after_commit")
def _hand_over(session: Session) -> None:
    if session.in_nested_transaction():
        return
    rows = session.info.pop("announced", None)
    if rows and (outlet := session.info.get("outlet")):
        outlet(rows)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("announced", None)
