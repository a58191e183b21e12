"""Follow-up as one process."""

from services.followup.api import router
from services.followup.inbox import DUE, HEARS
from shared.service import service

app = service("followup", router, HEARS, due=DUE)
