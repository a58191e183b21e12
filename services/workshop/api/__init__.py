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
    forecast,
    hands,
    jobs,
    measures,
    notes,
    outages,
    policies,
    rounds,
    safety_findings,
    sheets,
    shifts,
    sublets,
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
    sublets,
    sheets,
    notes,
    board,
    measures,
    bulletins,
    checklists,
    rounds,
    safety_findings,
    wastes,
    policies,
):
    router.include_router(room.router)
