"""The workshop's HTTP door."""

from fastapi import APIRouter

from services.workshop.api import bays, board, capacities, clocks, hands, jobs, measures, policies, supplements, technicians

router = APIRouter()
for room in (technicians, bays, capacities, clocks, hands, jobs, supplements, board, measures, policies):
    router.include_router(room.router)
