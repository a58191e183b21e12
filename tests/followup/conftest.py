"""What the tests of follow-up may ask for."""

from services.followup.app import app
from tests.fixtures import client_of, database_of, somebody_acts
from tests.followup.words import NOON, STORE

at_noon = somebody_acts(NOON, STORE)
database = database_of("followup")
client = client_of(app)
