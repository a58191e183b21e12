"""Reception's HTTP door."""

from fastapi import APIRouter

from services.reception.api import (
    appointments,
    approvals,
    arrivals,
    consents,
    contacts,
    customers,
    estimates,
    files,
    invoices,
    merges,
    order_lists,
    orders,
    payments,
    policies,
    rescues,
    settlements,
    signatures,
    supplements,
    vehicles,
    visits,
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
    rescues,
    estimates,
    invoices,
    settlements,
    payments,
    policies,
    approvals,
    signatures,
    supplements,
):
    router.include_router(room.router)

__all__ = ["router"]
