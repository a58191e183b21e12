"""Sublet work over HTTP: what another firm does on the car."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop import handlers
from services.workshop.commands.sublets import CheckSublet, SendSublet, TakeBackSublet
from services.workshop.domain import Sublet
from services.workshop.queries import sublets as asked
from shared.fields import Id, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["sublets"])

State = Literal["authorised", "out", "back", "failed", "passed", "closed", "cancelled"]
ToDispatch = Annotated[Door, allows("workshop.dispatch")]


class SubletView(View):
    """Work that another firm does; `id` is the line's `ro_line_id`.  `closed`: the front desk said itself that it is done."""

    id: UUID
    store_id: str
    version: int
    state: State
    ro_id: UUID
    ro_no: str
    vehicle_id: UUID
    op_code: str
    promised_on: date | None
    vendor: str | None
    takes_car: bool | None
    job_id: UUID | None
    due_at: datetime | None
    overdue: bool
    sent_at: datetime | None
    sent_by: str | None
    returned_at: datetime | None
    taken_back_by: str | None
    document_no: str | None
    checked_at: datetime | None
    checked_by: str | None
    fault_code: str | None
    remark: str | None
    rework_no: int
    cost_fen: int | None
    """What the firm asks or billed, tax included; null for those who do not deal with firms."""

    @classmethod
    def of(cls, sublet: Sublet, door: Door) -> Self:
        """As the caller may see it."""
        view = cls.model_validate(sublet)
        return view if door.also_may("workshop.read_measures", sublet.store_id) else view.model_copy(update={"cost_fen": None})


@router.get("/sublets", response_model=Listing[SubletView])
async def list_sublets(
    page: Paged,
    door: Annotated[Door, allows("workshop.read")],
    store_id: StoreId | None = None,
    state: State | None = None,
    ro_id: Id | None = None,
    overdue: bool = False,
) -> Response:
    """Newest first; `overdue`: only what the firm should have brought."""
    async with door.reading() as session:
        rows, following = await page_of(session, asked.sublets(store_id, state, ro_id, overdue=overdue), [Sublet.id], page)
    return door.answer(200, Listing(items=[SubletView.of(row, door) for row in rows], next=following))


@router.get("/sublets/{sublet_id}", response_model=SubletView)
async def read_sublet(sublet_id: Id, door: Annotated[Door, allows("workshop.read")]) -> Response:
    async with door.reading() as session:
        found = await asked.sublet(sublet_id, session)
    return door.answer(200, SubletView.of(found, door), version=found.version)


@router.post("/sublets/{sublet_id}/sending", response_model=SubletView)
async def send_sublet(sublet_id: Id, body: SendSublet, door: ToDispatch) -> Response:
    """While the firm has the car nobody works on it.  409 `being_worked_on`, `car_not_here`, `illegal_transition`."""
    async with door.creating() as session:
        sublet = await handlers.locked_sublet(sublet_id, session)
        door.must_have_seen(sublet.version)
        return _as_it_stands(door, await handlers.send_sublet(sublet, body, session))


@router.post("/sublets/{sublet_id}/return", response_model=SubletView)
async def take_back_sublet(sublet_id: Id, body: TakeBackSublet, door: ToDispatch) -> Response:
    """It is here again, and waits for its check.  409 `illegal_transition`."""
    async with door.creating() as session:
        sublet = await handlers.locked_sublet(sublet_id, session)
        door.must_have_seen(sublet.version)
        return _as_it_stands(door, await handlers.take_back_sublet(sublet, body, session))


@router.post("/sublets/{sublet_id}/inspections", response_model=SubletView)
async def check_sublet(sublet_id: Id, body: CheckSublet, door: Annotated[Door, allows("workshop.inspect")]) -> Response:
    """By somebody who did not deal with the firm; passed, the order's line is done; failed, it goes to the firm again.  409
    `dealt_with_the_firm`, `illegal_transition`."""
    async with door.creating() as session:
        sublet = await handlers.locked_sublet(sublet_id, session)
        door.must_have_seen(sublet.version)
        return _as_it_stands(door, await handlers.check_sublet(sublet, body, session))


def _priced(door: Door, sublet: Sublet) -> Response:
    return door.answer(200, SubletView.of(sublet, door), version=sublet.version)


def _as_it_stands(door: Door, sublet: Sublet) -> Response:
    return door.answer(200, SubletView.of(sublet, door), version=sublet.version)
