"""What the tests of the parts department may ask for."""

from tests.fixtures import database_of, somebody_acts
from tests.parts.words import NOON, STORE

at_noon = somebody_acts(NOON, STORE)
database = database_of("parts")
