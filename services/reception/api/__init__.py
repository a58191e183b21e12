"""Reception's HTTP door."""

from fastapi import APIRouter

from services.reception.api import (
    approvals,
    customers,
    estimates,
    invoices,
    orders,
    payments,
    policies,
    settlements,
    signatures,
    supplements,
    vehicles,
)

router = APIRouter()
for room in (
    customers,
    vehicles,
    orders,
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
