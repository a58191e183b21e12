"""The nouns: a bay takes cars, and each car in a bay is a visit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from benchmarks.facts import CarArrived, CarPlaced
from shared import clock, database
from shared.database import Aggregate, Effect, OfStore, new_id


class Base(database.Base):
    """The hop's own tables."""

    __abstract__ = True
    metadata = database.metadata()


class Bay(Aggregate, Base):
    """A place in the workshop; counts what it took."""

    __tablename__ = "bays"
    cars: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[int] = mapped_column(default=0)

    def place(self, arrived: CarArrived) -> tuple["Visit", CarPlaced]:
        """Take one more car."""
        self.cars += 1
        self.minutes += arrived.minutes
        visit = Visit(
            id=new_id(),
            store_id=self.store_id,
            bay_id=self.id,
            advisor=arrived.advisor,
            minutes=arrived.minutes,
            arrived_at=arrived.arrived_at,
        )
        return visit, CarPlaced(
            about=self.next_version(arrived.about.correlation),
            visit_id=visit.id,
            cars=self.cars,
            minutes=self.minutes,
            concerns=arrived.concerns,
            placed_at=clock.now(),
        )


class Visit(Effect, OfStore, Base):
    """One car in one bay."""

    __tablename__ = "visits"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    bay_id: Mapped[UUID]
    advisor: Mapped[str]
    minutes: Mapped[int]
    arrived_at: Mapped[datetime]
