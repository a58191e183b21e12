"""The unit of work: its names, its tables, its messages on the wire, and how its result is checked.

One hop = one durable event of about 1 KB from a quorum queue -> one transaction {claim the event id, read and update one of
500 bays, insert one visit, insert one outbox row} -> ack after the commit -> persistent, confirmed publish -> outbox row done.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from benchmarks.facts import CarArrived, CarPlaced, Concern
from shared.clock import now
from shared.database import new_id
from shared.events import About

EXCHANGE = "events"
QUEUE = "hop"
OUT_QUEUE = "hop.out"
STORE = "sh01"
SAID_KEY = f"{STORE}.{CarPlaced.type}"
BAYS = tuple(uuid5(NAMESPACE_OID, f"bay {number}") for number in range(500))


@dataclass(frozen=True, slots=True)
class Bench:
    """What a contestant is given: its own empty database (500 bays), the broker, the most messages per transaction."""

    postgres: str
    broker: str
    batch: int = 128


TABLES = """
CREATE TABLE bays (
    id uuid PRIMARY KEY, store_id text NOT NULL, version bigint NOT NULL, cars bigint NOT NULL, minutes bigint NOT NULL,
    cause_id uuid NOT NULL
);
CREATE TABLE visits (
    id uuid PRIMARY KEY, store_id text NOT NULL, bay_id uuid NOT NULL, advisor text NOT NULL, minutes bigint NOT NULL,
    arrived_at timestamptz NOT NULL, cause_id uuid NOT NULL
);
CREATE TABLE inbox (event_id uuid PRIMARY KEY, type text NOT NULL, handled_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE outbox (
    id uuid PRIMARY KEY, routing_key text NOT NULL, headers jsonb NOT NULL, body text NOT NULL,
    announced_at timestamptz NOT NULL DEFAULT now(), sent_at timestamptz
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
"""
"""The tables of the contestants that are not the product; the product brings its own outbox and inbox."""

SEED = "INSERT INTO bays (id, store_id, version, cars, minutes, cause_id) SELECT b, $2, 0, 0, 0, b FROM unnest($1::uuid[]) b"


def an_arrival(number: int) -> CarArrived:
    """The `number`-th event of a run; 500 in a row go to 500 different bays."""
    concerns = [
        Concern(
            op_code=f"OP-{number % 97:03d}-{line}",
            words="Squeals when braking from speed on a wet road, more on the left; please check the pads and discs as well.",
            flat_hours_milli=1_500 + 100 * line,
            amount_fen=48_000 + 1_000 * line,
        )
        for line in range(4)
    ]
    return CarArrived(
        about=About(subject=new_id(), version=1, store_id=STORE, correlation=new_id()),
        bay_id=BAYS[number % len(BAYS)],
        advisor=f"advisor{number % 7}",
        odometer_km=20_000 + number,
        minutes=30 + number % 60,
        concerns=concerns,
        arrived_at=now(),
    )


def headers(fact_id: UUID, bay: str, version: int, correlation: str, cause: str, at: datetime) -> dict[str, Any]:
    """The envelope of the said fact as AMQP headers, written by hand as the contestants without a framework would."""
    return {
        "cloudEvents:id": str(fact_id),
        "cloudEvents:source": "hop",
        "cloudEvents:type": CarPlaced.type,
        "cloudEvents:specversion": "1.0",
        "cloudEvents:time": at.isoformat(),
        "cloudEvents:subject": bay,
        "cloudEvents:dataschema": f"urn:loop4s:schema:{CarPlaced.type}",
        "cloudEvents:storeid": STORE,
        "cloudEvents:version": version,
        "cloudEvents:epoch": 1,
        "cloudEvents:correlationid": correlation,
        "cloudEvents:causationid": cause,
        "cloudEvents:actorid": "service:hop",
        "cloudEvents:businessdate": at.date().isoformat(),
        "traceparent": f"00-{fact_id.hex}-{cause[:8]}{cause[-8:]}-01",
    }


CHECKS = {
    "every arrival has one visit": "SELECT count(*) = $1 AND count(DISTINCT cause_id) = $1 FROM visits",
    "the bays counted every car once": "SELECT sum(cars) = $1 FROM bays",
}
"""What must be true after `$1` hops, in every contestant's database."""
EVERYTHING_WAS_SENT = "SELECT count(*) = $1 AND count(sent_at) = $1 FROM outbox"
"""Also, where the contestant has an outbox."""
