"""The web pages, each as HTML in Chinese or English."""

from fastapi import APIRouter

from services.console.pages import board, login, queues, static

router = APIRouter(include_in_schema=False)
for pages in (login, board, queues, static):
    router.include_router(pages.router)
