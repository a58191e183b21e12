"""Customers' files over HTTP, and who may see persons."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.reception.commands.customers import AgreeTerms, ChangeContact, RegisterCustomer
from services.reception.domain import Customer
from services.reception.handlers import customers as handlers
from services.reception.queries import customers as asked
from shared.fields import Id, ShortText, StoreId, View
from shared.refusal import Invalid
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["customers"])

READ_FILES = "reception.read_customer_files"
"""The action of those who work with names, phones, plates and the customer's words."""
PhoneTail = Annotated[str, Query(pattern=r"^[0-9]{4}$", description="The last four digits")]


class CustomerView(View):
    """A customer's file."""

    id: UUID
    version: int
    home_store_id: str = Field(validation_alias="store_id")
    kind: str
    name: str
    phone: str
    channel: str
    consent: bool
    account_terms: bool
    credit_limit_fen: int | None
    payment_days: int | None

    @classmethod
    def of(cls, customer: Customer) -> Self:
        return cls.model_validate(customer)


def sees_persons(door: Door, store_id: str) -> bool:
    """Whether the caller's roles in this store include one that works with persons."""
    return door.also_may(READ_FILES, store_id)


@router.post("/stores/{store_id}/customers", status_code=201, response_model=CustomerView)
async def register_customer(
    store_id: StoreId, body: RegisterCustomer, door: Annotated[Door, allows("reception.keep_customer_files")]
) -> Response:
    async with door.creating(store_id) as session:
        customer = await handlers.register_customer(store_id, body, session)
        answer = door.answer(201, CustomerView.of(customer), version=customer.version, location=f"/customers/{customer.id}")
    return answer


@router.get("/customers", response_model=Listing[CustomerView])
async def find_customers(
    page: Paged,
    door: Annotated[Door, allows(READ_FILES)],
    phone_tail: PhoneTail | None = None,
    name: Annotated[ShortText | None, Query(description="How the name begins")] = None,
) -> Listing[CustomerView]:
    if phone_tail is None and name is None:
        raise Invalid("query.phone_tail", "filter_missing", "Search by phone_tail or name.")
    found, keys = asked.customers(phone_tail=phone_tail, name=name)
    async with door.reading() as session:
        rows, following = await page_of(session, found, keys, page, descending=False)
    return Listing(items=[CustomerView.of(row) for row in rows], next=following)


@router.post("/stores/{store_id}/house-customer", response_model=CustomerView)
async def house_customer(store_id: StoreId, door: Annotated[Door, allows("reception.keep_customer_files")]) -> Response:
    """The customer that stands for the store itself: whose are the cars in its stock."""
    async with door.creating(store_id) as session:
        house = await handlers.house_customer(store_id, session)
        answer = door.answer(200, CustomerView.of(house), version=house.version, location=f"/customers/{house.id}")
    return answer


@router.get("/customers/{customer_id}", response_model=CustomerView)
async def read_customer(customer_id: Id, door: Annotated[Door, allows(READ_FILES)]) -> Response:
    async with door.reading() as session:
        customer = await session.get_one(Customer, customer_id)
    return door.answer(200, CustomerView.of(customer), version=customer.version)


@router.post("/customers/{customer_id}/contact", response_model=CustomerView)
async def change_contact(
    customer_id: Id, body: ChangeContact, door: Annotated[Door, allows("reception.keep_customer_files")]
) -> Response:
    async with door.changing(Customer, customer_id) as session:
        customer = await handlers.change_contact(customer_id, body, session)
        answer = door.answer(200, CustomerView.of(customer), version=customer.version)
    return answer


@router.post("/customers/{customer_id}/terms", response_model=CustomerView)
async def agree_terms(customer_id: Id, body: AgreeTerms, door: Annotated[Door, allows("reception.agree_terms")]) -> Response:
    """What a fleet or a regular customer may owe, and how long."""
    async with door.changing(Customer, customer_id) as session:
        customer = await handlers.agree_terms(customer_id, body, session)
        answer = door.answer(200, CustomerView.of(customer), version=customer.version)
    return answer
