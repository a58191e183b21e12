"""The workshop's HTTP door."""

from fastapi import APIRouter

from services.workshop.api import (
    bays,
    board,
    bulletins,
    capacities,
    checklists,
    clocks,
    dispatching,
    equipment,
    findings,
    forecast,
    hands,
    jobs,
    measures,
    outages,
    policies,
    rounds,
    shifts,
    supplements,
    technicians,
    wastes,
)

router = APIRouter()
for room in (
    technicians,
    shifts,
    bays,
    outages,
    equipment,
    capacities,
    forecast,
    clocks,
    dispatching,
    hands,
    jobs,
    supplements,
    board,
    measures,
    bulletins,
    checklists,
    rounds,
    findings,
    wastes,
    policies,
):
    router.include_router(room.router)
