"""Reception's HTTP door."""

from fastapi import APIRouter

from services.reception.api import (
    approvals,
    arrivals,
    consents,
    contacts,
    customers,
    estimates,
    files,
    invoices,
    merges,
    orders,
    policies,
    signatures,
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
    visits,
    files,
    arrivals,
    orders,
    estimates,
    invoices,
    policies,
    approvals,
    signatures,
):
    router.include_router(room.router)

__all__ = ["router"]
