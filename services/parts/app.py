"""The parts service: `uvicorn services.parts.app:app`."""

from services.parts.api import router
from services.parts.inbox import DUE, HEARS
from shared.service import service

app = service("parts", router, HEARS, due=DUE)
