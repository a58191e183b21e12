"""The menu of packages over HTTP, and what of it a car wants now."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.reception.commands.packages import AddPackage, ChangePackage
from services.reception.domain import Package
from services.reception.handlers import packages as handlers
from services.reception.queries import packages as asked
from services.reception.queries.packages import Suggestion
from shared.database import ALL_STORES
from shared.fields import Id, ShortText, StoreId, Trade, View
from shared.permissions import NotAllowed
from shared.policies import ALL
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["packages"])
KEEP = "reception.keep_packages"


class PackageView(View):
    """Operations and parts under one code; `store_id` is 'all' for the whole group, `price_fen` null where the sum of the lines
    counts.  `lines`: [{"op_code", "parts": [{"part_no", "quantity_milli"}]}]"""

    id: UUID
    version: int
    store_id: str
    code: str
    name_zh: str
    name_en: str
    trade: Trade
    models: list[str]
    every_km: int | None
    every_months: int | None
    price_fen: int | None
    lines: list[dict[str, Any]]
    offered: bool


class DuePackageView(View):
    """A package that the car wants now, and why: it ran `run_km` since it had the package last (`since_km`, `since_on`; null:
    never).  `price_fen`: for this car, null where the lists do not know it all."""

    code: str
    name_zh: str
    name_en: str
    every_km: int | None
    every_months: int | None
    by_km: bool
    by_months: bool
    run_km: int
    since_km: int | None
    since_on: date | None
    price_fen: int | None

    @classmethod
    def of(cls, found: Suggestion) -> Self:
        due, package = found.due, found.due.package
        return cls(
            code=package.code,
            name_zh=package.name_zh,
            name_en=package.name_en,
            every_km=package.every_km,
            every_months=package.every_months,
            by_km=due.by_km,
            by_months=due.by_months,
            run_km=due.run_km,
            since_km=due.since_km,
            since_on=due.since_on,
            price_fen=found.price_fen,
        )


class DuePackagesView(View):
    """By code."""

    items: list[DuePackageView]


@router.get("/packages", response_model=Listing[PackageView])
async def find_packages(
    page: Paged,
    door: Annotated[Door, allows("reception.read")],
    store_id: Annotated[StoreId | None, Query(description="'all': the group's")] = None,
    trade: Trade | None = None,
    model: Annotated[ShortText | None, Query(description="For cars of this model")] = None,
) -> Listing[PackageView]:
    """By code; what a store offers is its own and the group's, of the same code its own."""
    async with door.reading() as session:
        found = asked.packages(store_id=store_id, trade=trade, model=model)
        rows, following = await page_of(session, found, [Package.code, Package.id], page, descending=False)
    return Listing(items=[PackageView.model_validate(row) for row in rows], next=following)


@router.post("/stores/{store_id}/packages", status_code=201, response_model=PackageView)
async def add_store_package(store_id: StoreId, body: AddPackage, door: Annotated[Door, allows(KEEP)]) -> Response:
    """On one store's menu; it goes before the group's of the same code."""
    async with door.creating(store_id) as session:
        package = await handlers.add_package(store_id, body, session)
        answer = _entry(door, 201, package)
    return answer


@router.post("/packages", status_code=201, response_model=PackageView)
async def add_group_package(body: AddPackage, door: Annotated[Door, allows(KEEP)]) -> Response:
    """On the menu of all stores; only for who acts for all of them."""
    if ALL_STORES not in door.stores:
        raise NotAllowed(KEEP)
    async with door.creating() as session:
        package = await handlers.add_package(ALL, body, session)
        answer = _entry(door, 201, package)
    return answer


@router.post("/packages/{package_id}", response_model=PackageView)
async def change_package(package_id: Id, body: ChangePackage, door: Annotated[Door, allows(KEEP)]) -> Response:
    """What was estimated before stays as it is; the group's only for who acts for all stores."""
    async with door.changing(Package, package_id) as session:
        package = await session.get_one(Package, package_id)
        if package.store_id == ALL and ALL_STORES not in door.stores:
            raise NotAllowed(KEEP)
        await handlers.change_package(package_id, body, session)
        answer = _entry(door, 200, package)
    return answer


@router.get("/repair-orders/{ro_id}/due-packages", response_model=DuePackagesView)
async def read_due_packages(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> DuePackagesView:
    """What the menu suggests to this car, by its odometer, its model and what it had at any store of the group."""
    async with door.reading() as session:
        found = await asked.due_for(ro_id, session)
    return DuePackagesView(items=[DuePackageView.of(each) for each in found])


def _entry(door: Door, status: int, package: Package) -> Response:
    view = PackageView.model_validate(package)
    return door.answer(status, view, version=package.version, location=f"/packages/{package.id}")
