"""What the hop hears."""

from benchmarks.facts import CarArrived
from benchmarks.hop_service.domain import Bay
from benchmarks.hop_service.handlers import place_car
from shared.events import Event
from shared.inbox import Hears, hears, locked

HEARS: dict[type[Event], Hears] = {CarArrived: hears(place_car, loads=[locked(Bay, lambda arrived: [arrived.bay_id])])}
