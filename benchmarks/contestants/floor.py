"""The floor: the same promises (dedupe, outbox) by hand, without a framework: aiormq, asyncpg, one set-based transaction for
all messages that wait, ack(multiple), pipelined confirms.  As low as one would go with these two client libraries."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiormq
import asyncpg
from aiormq.abc import DeliveredMessage

from benchmarks.facts import CarPlaced
from benchmarks.hop import EXCHANGE, QUEUE, STORE, Bench, headers
from shared.clock import now
from shared.database import new_id

CLAIM = "INSERT INTO inbox (event_id, type) SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING RETURNING event_id"
LOAD = "SELECT id, version, cars, minutes FROM bays WHERE id = ANY($1) ORDER BY id FOR UPDATE"
SAVE = """
UPDATE bays b SET version = n.version, cars = n.cars, minutes = n.minutes
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) n(id, version, cars, minutes) WHERE b.id = n.id
"""
VISIT = """
INSERT INTO visits (id, store_id, bay_id, advisor, minutes, arrived_at, cause_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::text[]::timestamptz[], $7::uuid[])
"""
ANNOUNCE = """
INSERT INTO outbox (id, routing_key, headers, body)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[])
"""
SENT = "UPDATE outbox SET sent_at = now() WHERE id = ANY($1)"
UNSENT = "SELECT id, headers, body FROM outbox WHERE sent_at IS NULL ORDER BY id"
KEY = f"{STORE}.{CarPlaced.type}"


@dataclass(slots=True)
class Line[Item]:
    """Items that wait; `next` takes as many as there are, up to a limit."""

    waiting: list[Item]
    arrived: asyncio.Event

    def put(self, items: Sequence[Item]) -> None:
        self.waiting += items
        self.arrived.set()

    async def next(self, limit: int) -> list[Item]:
        while not self.waiting:
            self.arrived.clear()
            await self.arrived.wait()
        taken = self.waiting[:limit]
        del self.waiting[:limit]
        return taken
