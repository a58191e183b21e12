"""What the tests of the parts department may ask for."""

from tests.fixtures import a_stack_of_their_own, database_of, somebody_acts
from tests.parts.words import NOON, STORE

stack = a_stack_of_their_own()
at_noon = somebody_acts(NOON, STORE)
database = database_of("parts")
