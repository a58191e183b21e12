"""The console as one process."""

from services.console.api import router
from services.console.inbox import HEARS
from services.console.live import Board
from services.console.pages.dress import dress
from services.console.upkeep import Upkeep
from shared.service import service

app = dress(service("console", router, HEARS, beside=[Upkeep, Board]))
