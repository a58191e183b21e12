"""Reception's HTTP door."""

from fastapi import APIRouter

from services.reception.api import (
    approvals,
    customers,
    estimates,
    invoices,
    orders,
    policies,
    signatures,
    vehicles,
)

router = APIRouter()
for room in (
    customers,
    vehicles,
    orders,
    estimates,
    invoices,
    policies,
    approvals,
    signatures,
):
    router.include_router(room.router)

__all__ = ["router"]
