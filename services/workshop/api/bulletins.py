"""Technical bulletins over HTTP."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop import handlers
from services.workshop.commands.bulletins import ImportBulletins, UseBulletin
from services.workshop.domain import Bulletin, Job
from services.workshop.queries import bulletins as asked
from services.workshop.queries import jobs as jobs_asked
from shared import clock
from shared.database import ALL_STORES
from shared.fields import Id, StoreId, View
from shared.permissions import NotAllowed
from shared.policies import ALL
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of
from shared.settings import stores

router = APIRouter(tags=["bulletins"])


class BulletinView(View):
    """A bulletin; `store_id` is 'all' for the group's.  `content`: title_zh, title_en, text_zh, text_en, source, safety,
    special_tools."""

    id: UUID
    store_id: str
    version: int
    number: str
    content: dict[str, Any]
    models: list[str]
    op_codes: list[str]
    concern_codes: list[str]
    valid_from_on: date
    valid_until_on: date | None


class UsedBulletinView(BulletinView):
    """With how often it was used in the caller's stores, and how often it helped."""

    used: int
    helped: int


class FittingView(BulletinView):
    """A bulletin for a job; `because`: operation, symptom, model."""

    because: list[str]


class WrittenView(View):
    """The bulletins that are new or changed."""

    items: list[BulletinView]


@router.post("/stores/{store_id}/bulletin-imports", status_code=201, response_model=WrittenView)
async def import_store_bulletins(
    store_id: StoreId, body: ImportBulletins, door: Annotated[Door, allows("workshop.write_bulletins")]
) -> Response:
    """All or none, for one store; repeating it changes nothing."""
    async with door.creating(store_id) as session:
        return _written(door, await handlers.import_bulletins(store_id, body, session))


@router.post("/bulletin-imports", status_code=201, response_model=WrittenView)
async def import_group_bulletins(
    body: ImportBulletins, door: Annotated[Door, allows("workshop.write_group_bulletins")]
) -> Response:
    """The same for all stores; only for who may do so in all of them."""
    if ALL_STORES not in door.stores:
        raise NotAllowed("workshop.write_group_bulletins")
    async with door.creating() as session:
        return _written(door, await handlers.import_bulletins(ALL, body, session))


@router.get("/bulletins", response_model=Listing[UsedBulletinView])
async def list_bulletins(page: Paged, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """Newest first, with their use."""
    async with door.reading() as session:
        rows, following = await page_of(session, asked.bulletins(), [Bulletin.id], page)
        uses = await asked.uses([row.id for row in rows], session)
    items = []
    for row in rows:
        used, helped = uses.get(row.id, (0, 0))
        items.append(UsedBulletinView(**BulletinView.model_validate(row).model_dump(), used=used, helped=helped))
    return door.answer(200, Listing(items=items, next=following))


@router.get("/jobs/{job_id}/bulletins", response_model=Listing[FittingView])
async def read_fitting(job_id: Id, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """What is known of this model, operation and symptom, the best fit first: for the dispatcher and on the bench."""
    async with door.reading() as session:
        job, vehicle = await jobs_asked.job(job_id, session)
        today = clock.day_in(stores()[job.store_id].time_zone)
        found = await asked.fitting(job, vehicle.model if vehicle else None, today, session)
    items = [FittingView(**BulletinView.model_validate(bulletin).model_dump(), because=reasons) for bulletin, reasons in found]
    return door.answer(200, Listing(items=items, next=None))


@router.post("/jobs/{job_id}/bulletin-uses", status_code=201, response_model=BulletinView)
async def use_bulletin(job_id: Id, body: UseBulletin, door: Annotated[Door, allows("workshop.work")]) -> Response:
    """By a technician of the job, once for each bulletin.  409 `used_already`."""
    async with door.changing(Job, job_id) as session:
        if await jobs_asked.hand(job_id, door.caller.subject, session) is None:
            raise Unknown("job")
        bulletin = await handlers.use_bulletin(job_id, body, door.caller.subject, session)
        return door.answer(201, BulletinView.model_validate(bulletin))


def _written(door: Door, bulletins: list[Bulletin]) -> Response:
    return door.answer(201, WrittenView(items=[BulletinView.model_validate(row) for row in bulletins]))
