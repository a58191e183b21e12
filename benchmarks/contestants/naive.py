"""A consumer as most people write it: FastStream handler, SQLAlchemy session, publish inside the handler.  It promises less
than the others: no dedupe, no outbox, so a crash doubles effects or loses what was to be said."""

import asyncio
from datetime import datetime
from uuid import UUID

from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitMessage, RabbitQueue
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import BigInteger, DateTime
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.facts import CarPlaced, Concern
from benchmarks.hop import EXCHANGE, QUEUE, SAID_KEY, STORE, Bench
from shared.clock import now
from shared.database import new_id


class Base(DeclarativeBase):
    """Plain declarative base."""


class Bay(Base):
    __tablename__ = "bays"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    store_id: Mapped[str]
    version: Mapped[int] = mapped_column(BigInteger)
    cars: Mapped[int] = mapped_column(BigInteger)
    minutes: Mapped[int] = mapped_column(BigInteger)
    cause_id: Mapped[UUID]


class Visit(Base):
    __tablename__ = "visits"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    store_id: Mapped[str]
    bay_id: Mapped[UUID]
    advisor: Mapped[str]
    minutes: Mapped[int] = mapped_column(BigInteger)
    arrived_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    cause_id: Mapped[UUID]


class Arrival(BaseModel):
    """The body of the heard fact."""

    bay_id: UUID
    advisor: str
    minutes: int
    concerns: list[Concern]
    arrived_at: AwareDatetime


class Placed(BaseModel):
    """The body of the said fact."""

    visit_id: UUID
    cars: int
    minutes: int
    concerns: list[Concern]
    placed_at: AwareDatetime


async def run(bench: Bench) -> None:
    """Do hops until cancelled."""
    engine = create_async_engine(bench.postgres.replace("postgresql://", "postgresql+asyncpg://"))
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    broker = RabbitBroker(bench.broker, default_channel=Channel(prefetch_count=50), logger=None)
    exchange = RabbitExchange(EXCHANGE, type=ExchangeType.TOPIC, durable=True, declare=False)

    @broker.subscriber(RabbitQueue(QUEUE, queue_type=QueueType.QUORUM, durable=True, declare=False), no_reply=True)
    async def place(arrival: Arrival, message: RabbitMessage) -> None:
        async with sessions.begin() as session:
            bay = await session.get_one(Bay, arrival.bay_id, with_for_update=True)
            bay.version, bay.cars, bay.minutes = bay.version + 1, bay.cars + 1, bay.minutes + arrival.minutes
            visit = Visit(
                id=new_id(),
                store_id=STORE,
                bay_id=bay.id,
                advisor=arrival.advisor,
                minutes=arrival.minutes,
                arrived_at=arrival.arrived_at,
                cause_id=UUID(message.message_id),
            )
            session.add(visit)
        await broker.publish(
            Placed(visit_id=visit.id, cars=bay.cars, minutes=bay.minutes, concerns=arrival.concerns, placed_at=now()),
            routing_key=SAID_KEY,
            exchange=exchange,
            persist=True,
            mandatory=True,
            message_id=str(new_id()),
            correlation_id=message.correlation_id,
            message_type=CarPlaced.type,
            headers={"cloudEvents:causationid": message.message_id},
        )

    await broker.start()
    try:
        await asyncio.Event().wait()
    finally:
        await broker.stop()
        await engine.dispose()
