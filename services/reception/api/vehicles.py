"""Vehicles' files over HTTP."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.reception.commands.vehicles import IdentifyVehicle, RegisterVehicle
from services.reception.domain import Vehicle
from services.reception.handlers import vehicles as handlers
from services.reception.queries import vehicles as asked
from shared.fields import Id, PlateNo, StoreId, View, Vin
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
    warnings: list[str]

    @classmethod
    def of(cls, vehicle: Vehicle) -> Self:
        return cls.model_validate(vehicle)


@router.post("/stores/{store_id}/vehicles", status_code=201, response_model=VehicleView)
async def register_vehicle(
    store_id: StoreId, body: RegisterVehicle, door: Annotated[Door, allows("reception.keep_customer_files")]
) -> Response:
    async with door.creating(store_id) as session:
        vehicle = await handlers.register_vehicle(store_id, body, session)
        answer = door.answer(201, VehicleView.of(vehicle), version=vehicle.version, location=f"/vehicles/{vehicle.id}")
    return answer


@router.get("/vehicles", response_model=Listing[VehicleView])
async def find_vehicles(
    page: Paged,
    door: Annotated[Door, allows("reception.read_customer_files")],
    vin: Annotated[Vin | None, Query()] = None,
    plate: Annotated[PlateNo | None, Query()] = None,
) -> Listing[VehicleView]:
    if vin is None and plate is None:
        raise Invalid("query.plate", "filter_missing", "Search by plate or vin.")
    async with door.reading() as session:
        rows, following = await page_of(session, asked.vehicles(vin=vin, plate=plate), [Vehicle.id], page)
    return Listing(items=[VehicleView.of(row) for row in rows], next=following)


@router.get("/vehicles/{vehicle_id}", response_model=VehicleView)
async def read_vehicle(vehicle_id: Id, door: Annotated[Door, allows("reception.read_customer_files")]) -> Response:
    async with door.reading() as session:
        vehicle = await session.get_one(Vehicle, vehicle_id)
    return door.answer(200, VehicleView.of(vehicle), version=vehicle.version)


@router.post("/vehicles/{vehicle_id}/identity", response_model=VehicleView)
async def identify_vehicle(
    vehicle_id: Id, body: IdentifyVehicle, door: Annotated[Door, allows("reception.keep_customer_files")]
) -> Response:
    async with door.changing(Vehicle, vehicle_id) as session:
        vehicle = await handlers.identify_vehicle(vehicle_id, body, session)
        answer = door.answer(200, VehicleView.of(vehicle), version=vehicle.version)
    return answer
