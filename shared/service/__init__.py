"""The door room: `service` makes one service's app; routes say who may enter with `allows` and get a `Door`, which opens the
request's one transaction, repeats answers to repeated requests, and checks versions; `raw` is for routes that take a file."""

from shared.service.application import DoorMissing, service
from shared.service.bodies import raw
from shared.service.door import Door, Lobby, allows, public
from shared.service.idempotency import Replayed
from shared.service.paging import Listing, Page, Paged, page_of
from shared.service.problems import Problem

__all__ = [
    "Door", "DoorMissing", "Listing", "Lobby", "Page", "Paged", "Problem", "Replayed", "allows", "page_of", "public", "raw",
    "service",
]  # fmt: skip
