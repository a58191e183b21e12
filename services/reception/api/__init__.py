"""Reception's HTTP door."""

from fastapi import APIRouter

from services.reception.api import customers, estimates, invoices, orders, vehicles

router = APIRouter()
for room in (customers, vehicles, orders, estimates, invoices):
    router.include_router(room.router)

__all__ = ["router"]
