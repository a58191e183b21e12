"""Claims' HTTP door."""

from fastapi import APIRouter

from services.claims.api import claims, warranty

router = APIRouter()
router.include_router(claims.router)
router.include_router(warranty.router)
