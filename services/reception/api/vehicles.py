"""Vehicles' files over HTTP."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.reception.api.customers import KEEP_FILES, READ_FILES, Name, PhoneTail, VinTail, VipLevel, moved
from services.reception.commands.vehicles import ChangeOwner, ConfirmVehicle, DescribeVehicle, IdentifyVehicle, RegisterVehicle
from services.reception.domain import Vehicle
from services.reception.handlers import vehicles as handlers
from services.reception.queries import vehicles as asked
from services.reception.queries.customers import file_of
from shared.fields import Id, PlateNo, ShortText, StoreId, View, Vin
from shared.refusal import Invalid
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["vehicles"])


class VehicleView(View):
    """A car's file; `warnings` are codes of what is odd but allowed."""

    id: UUID
    version: int
    home_store_id: str = Field(validation_alias="store_id")
    vin: str
    plate: str
    brand: str
    model: str
    nature: str
    in_service_on: date | None
    customer_id: UUID
    odometer_km: int
    odometer_read_at: datetime | None
    odometer_store: str | None
    visits: int
    vehicle_type: str | None
    maintenance_months: int | None
    maintenance_km: int | None
    first_maintenance_on: date | None
    first_maintenance_km: int | None
    confirmed_at: datetime | None
    warnings: list[str]

    @classmethod
    def of(cls, vehicle: Vehicle) -> Self:
        return cls.model_validate(vehicle)


class OwnerView(View):
    """One owner of a car; `owned_from_on` is null when it was before anybody wrote it down."""

    customer_id: UUID
    owned_from_on: date | None
    owned_until_on: date | None


class OwnersView(View):
    """All owners of a car."""

    items: list[OwnerView]


@router.post("/stores/{store_id}/vehicles", status_code=201, response_model=VehicleView)
async def register_vehicle(store_id: StoreId, body: RegisterVehicle, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    async with door.creating(store_id) as session:
        vehicle = await handlers.register_vehicle(store_id, body, session)
        answer = door.answer(201, VehicleView.of(vehicle), version=vehicle.version, location=f"/vehicles/{vehicle.id}")
    return answer


@router.get("/vehicles", response_model=Listing[VehicleView])
async def find_vehicles(
    page: Paged,
    door: Annotated[Door, allows(READ_FILES)],
    vin: Annotated[Vin | None, Query()] = None,
    plate: Annotated[PlateNo | None, Query()] = None,
    vin_tail: VinTail | None = None,
    phone_tail: PhoneTail | None = None,
    name: Name | None = None,
    fleet: Annotated[ShortText | None, Query()] = None,
    vip_level: VipLevel | None = None,
) -> Listing[VehicleView]:
    """Newest file first; phone, name, fleet and level are the owner's."""
    given = (vin, plate, vin_tail, phone_tail, name, fleet, vip_level)
    if all(value is None for value in given):
        raise Invalid(
            "query.plate", "filter_missing", "Search by one of vin, plate, vin_tail, phone_tail, name, fleet, vip_level."
        )
    found = asked.vehicles(
        vin=vin, plate=plate, vin_tail=vin_tail, phone_tail=phone_tail, name=name, fleet=fleet, vip_level=vip_level
    )
    async with door.reading() as session:
        rows, following = await page_of(session, found, [Vehicle.id], page)
    return Listing(items=[VehicleView.of(row) for row in rows], next=following)


@router.get("/customers/{customer_id}/vehicles", response_model=Listing[VehicleView])
async def list_vehicles_of(
    customer_id: Id, page: Paged, door: Annotated[Door, allows(READ_FILES)]
) -> Response | Listing[VehicleView]:
    """The customer's cars, the newest file first."""
    async with door.reading() as session:
        customer, holds = await file_of(customer_id, session)
        if holds != customer.id:
            return moved(door, holds, "/vehicles")
        rows, following = await page_of(session, asked.vehicles(customer_id=customer_id), [Vehicle.id], page)
    return Listing(items=[VehicleView.of(row) for row in rows], next=following)


@router.get("/vehicles/{vehicle_id}", response_model=VehicleView)
async def read_vehicle(vehicle_id: Id, door: Annotated[Door, allows(READ_FILES)]) -> Response:
    async with door.reading() as session:
        vehicle = await session.get_one(Vehicle, vehicle_id)
    return door.answer(200, VehicleView.of(vehicle), version=vehicle.version)


@router.post("/vehicles/{vehicle_id}/identity", response_model=VehicleView)
async def identify_vehicle(vehicle_id: Id, body: IdentifyVehicle, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    async with door.changing(Vehicle, vehicle_id) as session:
        vehicle = await handlers.identify_vehicle(vehicle_id, body, session)
        answer = door.answer(200, VehicleView.of(vehicle), version=vehicle.version)
    return answer


@router.post("/vehicles/{vehicle_id}/details", response_model=VehicleView)
async def describe_vehicle(vehicle_id: Id, body: DescribeVehicle, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    async with door.changing(Vehicle, vehicle_id) as session:
        vehicle = await handlers.describe_vehicle(vehicle_id, body, session)
        answer = door.answer(200, VehicleView.of(vehicle), version=vehicle.version)
    return answer


@router.post("/vehicles/{vehicle_id}/confirmation", response_model=VehicleView)
async def confirm_vehicle(vehicle_id: Id, body: ConfirmVehicle, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    """Plate and papers were looked at."""
    async with door.changing(Vehicle, vehicle_id) as session:
        vehicle = await handlers.confirm_vehicle(vehicle_id, session)
        answer = door.answer(200, VehicleView.of(vehicle), version=vehicle.version)
    return answer


@router.post("/vehicles/{vehicle_id}/owner", response_model=VehicleView)
async def change_owner(vehicle_id: Id, body: ChangeOwner, door: Annotated[Door, allows(KEEP_FILES)]) -> Response:
    """The car was sold on, or handed over: from now on it is this customer's."""
    async with door.changing(Vehicle, vehicle_id) as session:
        vehicle = await handlers.change_owner(vehicle_id, body, session)
        answer = door.answer(200, VehicleView.of(vehicle), version=vehicle.version)
    return answer


@router.get("/vehicles/{vehicle_id}/owners", response_model=OwnersView)
async def read_owners(vehicle_id: Id, door: Annotated[Door, allows(READ_FILES)]) -> OwnersView:
    """The present owner first."""
    async with door.reading() as session:
        return OwnersView.model_validate({"items": await asked.owners_of(vehicle_id, session)})
