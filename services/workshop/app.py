"""The workshop as one process."""

from services.workshop.api import router
from services.workshop.api.live import LiveBoards
from services.workshop.api.planner import RoundPlanner
from services.workshop.inbox import DUE, HEARS
from shared.service import service

app = service("workshop", router, HEARS, due=DUE, beside=[LiveBoards, RoundPlanner])
