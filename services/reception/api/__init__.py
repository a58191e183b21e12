"""Reception's HTTP door."""

from fastapi import APIRouter

from services.reception.api import (
    approvals,
    customers,
    estimates,
    invoices,
    order_lists,
    orders,
    policies,
    rescues,
    signatures,
    vehicles,
)

router = APIRouter()
for room in (
    customers,
    vehicles,
    order_lists,
    orders,
    rescues,
    estimates,
    invoices,
    policies,
    approvals,
    signatures,
):
    router.include_router(room.router)

__all__ = ["router"]
