"""The workshop's HTTP door."""

from fastapi import APIRouter

from services.workshop.api import bays, board, jobs, technicians

router = APIRouter()
for room in (technicians, bays, jobs, board):
    router.include_router(room.router)
