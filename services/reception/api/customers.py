"""Customers' files over HTTP, and who may see persons."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.customers import (
    AgreeTerms,
    ChangeContact,
    ConfirmFile,
    DescribeCustomer,
    RegisterCustomer,
)
from services.reception.domain import Customer
from services.reception.handlers import customers as handlers
from services.reception.queries import customers as asked
from shared.fields import Id, PlateNo, ShortText, StoreId, View
from shared.refusal import Invalid
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["customers"])

READ_FILES = "reception.read_customer_files"
"""The action of those who work with names, phones, plates and the customer's words."""
KEEP_FILES = "reception.keep_customer_files"
PhoneTail = Annotated[str, Query(pattern=r"^[0-9]{4}$", description="The last four digits")]
VinTail = Annotated[
    str,
    StringConstraints(to_upper=True, pattern=r"^[A-HJ-NPR-Za-hj-npr-z0-9]{6}$"),
    Query(description="The last six characters"),
]
VipLevel = Annotated[int, Query(ge=1, le=3)]
Name = Annotated[ShortText, Query(description="How the name begins")]


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
    address: str | None
    services_wished: str | None
    confirmed_at: datetime | None
    account_terms: bool
    credit_limit_fen: int | None
    payment_days: int | None
    vip_level: int
    fleet: str | None
    price_agreement: str | None
    merged_into: UUID | None
    """The file that holds, when this one was given up."""

    @classmethod
    def of(cls, customer: Customer) -> Self:
        return cls.model_validate(customer)


def sees_persons(door: Door, store_id: str) -> bool:
    """Whether the caller's roles in this store include one that works with persons."""
    return door.also_may(READ_FILES, store_id)


@asynccontextmanager
async def changing_file(door: Door, customer_id: UUID) -> AsyncIterator[tuple[AsyncSession, Customer]]:
    """The transaction of a request that writes to a customer's file, which is locked and of the version that If-Match names.
    Whoever knows only a file that was given up is told which one holds."""
    async with door.creating() as session:
        customer = await handlers.file_to_change(customer_id, session)
        door.must_have_seen(customer.version)
        yield session, customer


def shown(door: Door, customer: Customer, status: int = 200) -> Response:
    """The file as the answer to a write."""
    return door.answer(status, CustomerView.of(customer), version=customer.version, location=f"/customers/{customer.id}")


def moved(door: Door, holds: UUID, part: str = "") -> Response:
    """308 to the file that holds, or to this part of it."""
    return door.answer(308, None, location=f"/customers/{holds}{part}")


@router.post("/stores/{store_id}/customers", status_code=201, response_model=CustomerView)
async def register_customer(store_id: StoreId, body: RegisterCustomer, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    async with door.creating(store_id) as session:
        return shown(door, await handlers.register_customer(store_id, body, session), 201)


@router.get("/customers", response_model=Listing[CustomerView])
async def find_customers(
    page: Paged,
    door: Annotated[Door, allows(READ_FILES)],
    phone_tail: PhoneTail | None = None,
    name: Name | None = None,
    plate: Annotated[PlateNo | None, Query()] = None,
    vin_tail: VinTail | None = None,
    fleet: Annotated[ShortText | None, Query()] = None,
    vip_level: VipLevel | None = None,
) -> Listing[CustomerView]:
    """By name, or as their files were opened; files that were given up are left out."""
    given = {
        "phone_tail": phone_tail, "name": name, "plate": plate, "vin_tail": vin_tail, "fleet": fleet, "vip_level": vip_level,
    }  # fmt: skip
    if all(value is None for value in given.values()):
        raise Invalid("query.phone_tail", "filter_missing", f"Search by one of {', '.join(given)}.")
    found, keys = asked.customers(
        phone_tail=phone_tail, name=name, plate=plate, vin_tail=vin_tail, fleet=fleet, vip_level=vip_level
    )
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
    """308 to the file that holds, when this one was given up."""
    async with door.reading() as session:
        customer, holds = await asked.file_of(customer_id, session)
    if holds != customer.id:
        return moved(door, holds)
    return door.answer(200, CustomerView.of(customer), version=customer.version)


@router.post("/customers/{customer_id}/contact", response_model=CustomerView)
async def change_contact(customer_id: Id, body: ChangeContact, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    async with changing_file(door, customer_id) as (session, customer):
        await handlers.change_contact(customer, body, session)
        return shown(door, customer)


@router.post("/customers/{customer_id}/details", response_model=CustomerView)
async def describe_customer(customer_id: Id, body: DescribeCustomer, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    async with changing_file(door, customer_id) as (session, customer):
        await handlers.describe_customer(customer, body, session)
        return shown(door, customer)


@router.post("/customers/{customer_id}/confirmation", response_model=CustomerView)
async def confirm_file(customer_id: Id, body: ConfirmFile, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    """The customer was asked and says that all is still right."""
    async with changing_file(door, customer_id) as (_, customer):
        handlers.confirm_file(customer)
        return shown(door, customer)


@router.post("/customers/{customer_id}/terms", response_model=CustomerView)
async def agree_terms(
    customer_id: Id, body: AgreeTerms, door: Annotated[Door, allows("reception.set_customer_terms")]
) -> Response:
    """Account and credit, VIP level, fleet and price agreement."""
    async with changing_file(door, customer_id) as (_, customer):
        handlers.agree_terms(customer, body)
        return shown(door, customer)
