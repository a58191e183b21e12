"""Reception's HTTP door."""

from fastapi import APIRouter

from services.reception.api import (
    appointments,
    approvals,
    arrivals,
    cancellations,
    consents,
    contacts,
    customers,
    estimates,
    files,
    flags,
    inquiries,
    invoices,
    merges,
    order_lists,
    orders,
    payments,
    photos,
    phrases,
    policies,
    rescues,
    settlements,
    signatures,
    supplements,
    timeline,
    vehicles,
    visits,
    waiting,
    walk_arounds,
)

router = APIRouter()
for room in (
    customers,
    contacts,
    consents,
    merges,
    vehicles,
    appointments,
    order_lists,
    visits,
    files,
    arrivals,
    orders,
    cancellations,
    rescues,
    estimates,
    invoices,
    settlements,
    payments,
    policies,
    approvals,
    signatures,
    inquiries,
    walk_arounds,
    photos,
    flags,
    timeline,
    waiting,
    phrases,
    supplements,
):
    router.include_router(room.router)

__all__ = ["router"]
