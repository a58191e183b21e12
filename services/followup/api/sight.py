"""Who sees what is personal: more than the permission to read is needed for it."""

from shared.service import Door


def sees_contact(door: Door, store_id: str) -> bool:
    """Whether the caller calls this store's customers."""
    return door.also_may("followup.answer", store_id)


def sees_words(door: Door, store_id: str) -> bool:
    """Whether the caller takes care of this store's complaints."""
    return door.also_may("followup.handle_complaint", store_id)
