"""The nouns of the console: kept facts, cars and where they stand, vehicles, users."""

from services.console.domain.cars import Car
from services.console.domain.facts import Fact, ro_of
from services.console.domain.standing import MOVES_A_CAR, Stage, Standing, Told, standing
from services.console.domain.tables import Base
from services.console.domain.users import FailedLogin, Session, User
from services.console.domain.vehicles import Vehicle

__all__ = [
    "MOVES_A_CAR", "Base", "Car", "Fact", "FailedLogin", "Session", "Stage", "Standing", "Told", "User", "Vehicle", "ro_of",
    "standing",
]  # fmt: skip
