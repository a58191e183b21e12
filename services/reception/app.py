"""Reception as one process."""

from services.reception.api import router
from services.reception.inbox import DUE, HEARS
from shared.service import service

app = service("reception", router, HEARS, due=DUE)
