"""The workshop's HTTP door."""

from fastapi import APIRouter

from services.workshop.api import (
    bays,
    board,
    bulletins,
    capacities,
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
    sheets,
    shifts,
    sublets,
    supplements,
    technicians,
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
    policies,
):
    router.include_router(room.router)
