"""The people of a customer over HTTP.  Every answer's ETag is the customer's version, which the next write names."""

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.api.customers import KEEP_FILES, READ_FILES, changing_file, moved
from services.reception.commands.contacts import KeepContact, RemoveContact
from services.reception.domain import Contact
from services.reception.handlers import contacts as handlers
from services.reception.queries import customers as asked
from shared.fields import Id, View
from shared.service import Door, allows

router = APIRouter(tags=["customers"])


class ContactView(View):
    """One person; between the quiet minutes of the day nobody calls."""

    id: UUID
    name: str
    role: str
    phone: str
    email: str | None
    channel: str
    quiet_from_minutes: int | None
    quiet_until_minutes: int | None
    is_primary: bool


class ContactsView(View):
    """All people of a customer, oldest first."""

    items: list[ContactView]

    @classmethod
    def of(cls, contacts: Sequence[Contact]) -> Self:
        return cls.model_validate({"items": contacts})


@router.get("/customers/{customer_id}/contacts", response_model=ContactsView)
async def read_contacts(customer_id: Id, door: Annotated[Door, allows(READ_FILES)]) -> Response:
    async with door.reading() as session:
        customer, holds = await asked.file_of(customer_id, session)
        if holds != customer.id:
            return moved(door, holds, "/contacts")
        view = ContactsView.of(await asked.contacts_of(customer_id, session))
    return door.answer(200, view, version=customer.version)


@router.post("/customers/{customer_id}/contacts", status_code=201, response_model=ContactView)
async def add_contact(customer_id: Id, body: KeepContact, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    async with changing_file(door, customer_id) as (session, customer):
        contact = await handlers.add_contact(customer, body, session)
        return door.answer(201, ContactView.model_validate(contact), version=customer.version)


@router.post("/customers/{customer_id}/contacts/{contact_id}", response_model=ContactView)
async def change_contact(
    customer_id: Id, contact_id: Id, body: KeepContact, door: Annotated[Door, allows(KEEP_FILES)]
) -> Response:
    async with changing_file(door, customer_id) as (session, customer):
        contact = await handlers.change_contact(customer, contact_id, body, session)
        return door.answer(200, ContactView.model_validate(contact), version=customer.version)


@router.post("/customers/{customer_id}/contacts/{contact_id}/removal", response_model=ContactView)
async def remove_contact(
    customer_id: Id, contact_id: Id, body: RemoveContact, door: Annotated[Door, allows(KEEP_FILES)]
) -> Response:
    """This person is no longer called; never the one who is asked for first."""
    async with changing_file(door, customer_id) as (session, customer):
        contact = await handlers.remove_contact(customer, contact_id, session)
        return door.answer(200, ContactView.model_validate(contact), version=customer.version)
