"""What every service hears: the HEARS dicts of all inboxes, which together describe the whole system."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from shared.events import Event
from shared.settings import SERVICES


def all_hears() -> dict[str, Mapping[type[Event], Any]]:
    """HEARS by service, for all services."""
    return {service: import_module(f"services.{service}.inbox").HEARS for service in SERVICES}
