"""What the tests of claims may ask for."""

from services.claims.app import app
from tests.claims.words import NOON, STORE
from tests.fixtures import client_of, database_of, somebody_acts

at_noon = somebody_acts(NOON, STORE)
database = database_of("claims")
client = client_of(app)
