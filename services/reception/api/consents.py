"""What a customer allowed, over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.api.customers import KEEP_FILES, READ_FILES, changing_file, moved
from services.reception.commands.consents import KeepConsent
from services.reception.handlers import consents as handlers
from services.reception.queries import customers as asked
from shared.fields import Id, View
from shared.service import Door, allows

router = APIRouter(tags=["customers"])


class ConsentView(View):
    """One word on one purpose; `customer_id` is the file that it was given to."""

    id: UUID
    customer_id: UUID
    purpose: str
    given: bool
    text_version: str
    channel: str
    at: datetime
    by: str


class ConsentsView(View):
    """By purpose whether the customer agrees now, and every word, oldest first."""

    in_force: dict[str, bool]
    items: list[ConsentView]


@router.get("/customers/{customer_id}/consents", response_model=ConsentsView)
async def read_consents(customer_id: Id, door: Annotated[Door, allows(READ_FILES)]) -> Response:
    async with door.reading() as session:
        customer, holds = await asked.file_of(customer_id, session)
        if holds != customer.id:
            return moved(door, holds, "/consents")
        words, now = await asked.consents_of(customer_id, session)
    view = ConsentsView(in_force=now, items=[ConsentView.model_validate(word) for word in words])
    return door.answer(200, view, version=customer.version)


@router.post("/customers/{customer_id}/consents", status_code=201, response_model=ConsentView)
async def keep_consent(customer_id: Id, body: KeepConsent, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    """The answer's ETag is the customer's version."""
    async with changing_file(door, customer_id) as (session, customer):
        word = await handlers.keep_consent(customer, body, session)
        return door.answer(201, ConsentView.model_validate(word), version=customer.version)
