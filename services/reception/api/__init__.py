"""Reception's HTTP door."""

from fastapi import APIRouter

from services.reception.api import (
    approvals,
    customers,
    estimates,
    flags,
    inquiries,
    invoices,
    orders,
    photos,
    phrases,
    policies,
    signatures,
    timeline,
    vehicles,
    waiting,
    walk_arounds,
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
    inquiries,
    walk_arounds,
    photos,
    flags,
    timeline,
    waiting,
    phrases,
):
    router.include_router(room.router)

__all__ = ["router"]
