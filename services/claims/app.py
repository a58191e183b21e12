"""Claims as one process."""

from services.claims.api import router
from services.claims.inbox import HEARS
from shared.service import service

app = service("claims", router, HEARS)
