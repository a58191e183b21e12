"""Who sees what is personal: more than the permission to read is needed for it."""

from shared.database import ALL_STORES
from shared.permissions import ACTIONS
from shared.service import Door


def sees_contact(door: Door, store_id: str) -> bool:
    """Whether the caller calls this store's customers."""
    return _may(door, "followup.answer", store_id)


def sees_words(door: Door, store_id: str) -> bool:
    """Whether the caller takes care of this store's complaints."""
    return _may(door, "followup.handle_complaint", store_id)


def _may(door: Door, action: str, store_id: str) -> bool:
    grants = door.caller.grants
    held = grants.get(store_id, frozenset()) | grants.get(ALL_STORES, frozenset())
    return bool(ACTIONS[action].roles & held)
