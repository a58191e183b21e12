"""What the tests of claims may ask for."""

from services.claims.app import app
from tests.claims.words import NOON, STORE
from tests.fixtures import a_stack_of_their_own, client_of, database_of, somebody_acts

stack = a_stack_of_their_own()
at_noon = somebody_acts(NOON, STORE)
database = database_of("claims")
client = client_of(app)
