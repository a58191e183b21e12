"""Follow-up's HTTP door."""

from fastapi import APIRouter

from services.followup.api import complaints, reminders, surveys

router = APIRouter()
router.include_router(surveys.router)
router.include_router(complaints.router)
router.include_router(reminders.router)
