"""What the tests of follow-up may ask for."""

from services.followup.app import app
from tests.fixtures import a_stack_of_their_own, client_of, database_of, somebody_acts
from tests.followup.words import NOON, STORE

stack = a_stack_of_their_own()
at_noon = somebody_acts(NOON, STORE)
database = database_of("followup")
client = client_of(app)
