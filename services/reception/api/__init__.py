"""Reception's HTTP door."""

from fastapi import APIRouter

from services.reception.api import (
    appointments,
    approvals,
    customers,
    estimates,
    invoices,
    order_lists,
    orders,
    payments,
    policies,
    rescues,
    settlements,
    signatures,
    supplements,
    vehicles,
)

router = APIRouter()
for room in (
    customers,
    vehicles,
    appointments,
    order_lists,
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
