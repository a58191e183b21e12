"""Inspection sheets over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop import handlers
from services.workshop.api.supplements import SupplementView
from services.workshop.commands.sheets import AnswerPoints, ProposeFindings
from services.workshop.domain import Job, Sheet, SheetPhoto
from services.workshop.domain.sheets import ALBUM, TO_PROPOSE
from services.workshop.queries import jobs as jobs_asked
from services.workshop.queries import sheets as asked
from shared.fields import Code, Id, StoreId, View
from shared.photographs import LARGEST, developed
from shared.refusal import Refused, Unknown
from shared.service import Door, Listing, Paged, Replayed, allows, page_of, raw
from shared.service.pictures import SHOWS_A_PICTURE, TAKES_A_PICTURE, shown

router = APIRouter(tags=["inspection sheets"])
AsTechnician = Annotated[Door, allows("workshop.work")]


class SheetHead(View):
    """What lists show of a sheet; open until `completed_at`."""

    id: UUID
    store_id: str
    version: int
    ro_id: UUID
    job_id: UUID
    vehicle_id: UUID
    opened_by: str
    opened_at: datetime
    completed_by: str | None
    completed_at: datetime | None


class FindingView(View):
    """One point, what its measured value means, and what was found there: `colour` is green, yellow, red, not_checked, or null
    while nobody looked; `id` is null before the sheet is completed.  `suggested`: op_code, flat_hours_milli and parts, where
    the template has a proposal; `supplement_id`: in what it was proposed; `advice`: yellow or red, and not proposed."""

    id: UUID | None
    point: str
    name_zh: str
    name_en: str
    group: str
    unit: str | None
    yellow_below: int | None
    red_below: int | None
    yellow_above: int | None
    red_above: int | None
    colour: str | None
    value: int | None
    remark: str | None
    reason: str | None
    found_by: str | None
    found_at: datetime | None
    suggested: dict[str, Any] | None
    supplement_id: UUID | None
    advice: bool


class SheetPhotoView(View):
    """A photo of a point; the picture itself is at /sheet-photos/{id}."""

    id: UUID
    sheet_id: UUID
    point: str
    sha256: str
    size_bytes: int
    width_px: int
    height_px: int
    taken_by: str
    taken_at: datetime


class SheetView(SheetHead):
    """A sheet with all its points, in the template's order."""

    findings: list[FindingView]
    photos: list[SheetPhotoView]

    @classmethod
    async def of(cls, sheet: Sheet, session: AsyncSession) -> Self:
        """As it stands."""
        kept = {finding.point: (finding, supplement) for finding, supplement in await asked.findings_of(sheet.id, session)}
        shown = []
        for code, point in sheet.template.items():
            finding, supplement_id = kept.get(code, (None, None))
            told = sheet.answers.get(code, {}) if finding is None else vars(finding)
            colour = told.get("colour")
            remedy = point.remedy(colour) if colour else None
            said = {name: told.get(name) for name in ("id", "value", "remark", "reason", "found_by", "found_at")}
            known = point.model_dump(exclude={"code", "when_yellow", "when_red"})
            shown.append(
                FindingView(
                    **said, **known, point=code, colour=colour, supplement_id=supplement_id,
                    suggested=remedy.model_dump(mode="json") if remedy else None,
                    advice=colour in TO_PROPOSE and supplement_id is None,
                )
            )  # fmt: skip
        photos = [SheetPhotoView.model_validate(photo) for photo in await asked.photos_of(sheet.id, session)]
        return cls(**SheetHead.model_validate(sheet).model_dump(), findings=shown, photos=photos)


@router.post("/jobs/{job_id}/sheets", status_code=201, response_model=SheetView)
async def open_sheet(job_id: Id, door: AsTechnician) -> Response:
    """By a technician of the job, one at a time for a repair order.  409 `sheet_open_already`, `job_not_being_worked_on`."""
    async with door.changing(Job, job_id) as session:
        if await jobs_asked.hand(job_id, door.caller.subject, session) is None:
            raise Unknown("job")
        return await _as_it_stands(door, await handlers.open_sheet(job_id, door.caller.subject, session), session, 201)


@router.get("/sheets", response_model=Listing[SheetHead])
async def list_sheets(
    page: Paged,
    door: Annotated[Door, allows("workshop.read_findings")],
    store_id: StoreId | None = None,
    ro_id: Id | None = None,
    vehicle_id: Id | None = None,
) -> Response:
    """Newest first."""
    async with door.reading() as session:
        rows, following = await page_of(session, asked.sheets(store_id, ro_id, vehicle_id), [Sheet.id], page)
    return door.answer(200, Listing(items=[SheetHead.model_validate(row) for row in rows], next=following))


@router.get("/sheets/{sheet_id}", response_model=SheetView)
async def read_sheet(sheet_id: Id, door: Annotated[Door, allows("workshop.read_findings")]) -> Response:
    """With every point, what is suggested for it, and its photos."""
    async with door.reading() as session:
        return await _as_it_stands(door, await session.get_one(Sheet, sheet_id), session)


@router.post("/sheets/{sheet_id}/answers", response_model=SheetView)
async def answer_points(sheet_id: Id, body: AnswerPoints, door: AsTechnician) -> Response:
    """By a technician of the order; what was said of a point before is replaced.  409 `sheet_completed`."""
    async with door.changing(Sheet, sheet_id) as session:
        user = await _hand(door, sheet_id, session)
        return await _as_it_stands(door, await handlers.answer_points(sheet_id, body, user, session), session)


@router.post("/sheets/{sheet_id}/completion", response_model=SheetView)
async def complete_sheet(sheet_id: Id, door: AsTechnician) -> Response:
    """By a technician of the order; nothing of it changes any more.  409 `points_unanswered`, `sheet_completed`."""
    async with door.changing(Sheet, sheet_id) as session:
        user = await _hand(door, sheet_id, session)
        return await _as_it_stands(door, await handlers.complete_sheet(sheet_id, user, session), session)


@router.post("/sheets/{sheet_id}/supplement", status_code=201, response_model=SupplementView)
async def propose_findings(sheet_id: Id, body: ProposeFindings, door: AsTechnician) -> Response:
    """By a technician of the order: these findings go to the advisor and the customer as one supplement of the job on which
    the sheet was opened.  409 `sheet_not_completed`, `proposed_already`, `job_not_being_worked_on`."""
    async with door.creating() as session:
        sheet = await handlers.locked_sheet(sheet_id, session)
        door.must_have_seen(sheet.version)
        user = await _hand(door, sheet_id, session)
        supplement = await handlers.propose_findings(sheet_id, body, user, session)
        view, at = SupplementView.model_validate(supplement), f"/jobs/{supplement.job_id}/supplements"
        return door.answer(201, view, version=supplement.version, location=at)


@router.post("/sheets/{sheet_id}/photos", status_code=201, response_model=SheetPhotoView, openapi_extra=TAKES_A_PICTURE)
async def upload_sheet_photo(
    sheet_id: Id, door: AsTechnician, content: Annotated[bytes, raw(LARGEST)], point: Annotated[Code, Query()]
) -> Response:
    """The picture is the body: JPEG, PNG or WebP of at most 10 MiB and 40 megapixels.  It is kept without any metadata.  The
    sheet's version stays, so that several photos may be on their way at once."""
    async with door.reading() as session:
        await session.get_one(Sheet, sheet_id)  # nothing is developed for a sheet that is not of the caller's store
    picture = await developed(content)
    # The blob lies there before the transaction begins, which waits for no disk.
    async with ALBUM.stored(picture, Refused, Replayed) as key, door.changing(Sheet, sheet_id) as session:
        await _hand(door, sheet_id, session)
        photo = await handlers.keep_sheet_photo(sheet_id, point, picture, key, session)
        sheet = await session.get_one(Sheet, sheet_id)
        view = SheetPhotoView.model_validate(photo)
        answer = door.answer(201, view, version=sheet.version, location=f"/sheet-photos/{photo.id}")
    return answer


@router.get("/sheet-photos/{sheet_photo_id}", response_class=Response, responses=SHOWS_A_PICTURE)
async def read_sheet_photo(sheet_photo_id: Id, door: Annotated[Door, allows("workshop.read_findings")]) -> Response:
    """The picture."""
    async with door.reading() as session:
        photo = await session.get_one(SheetPhoto, sheet_photo_id)
    return await shown(photo.id, photo)


async def _hand(door: Door, sheet_id: UUID, session: AsyncSession) -> str:
    """The caller, who works on a job of the sheet's order; Unknown when they do not."""
    sheet = await session.get_one(Sheet, sheet_id)
    if not await jobs_asked.works_on_order(sheet.ro_id, door.caller.subject, session):
        raise Unknown("sheet")
    return door.caller.subject


async def _as_it_stands(door: Door, sheet: Sheet, session: AsyncSession, status: int = 200) -> Response:
    view = await SheetView.of(sheet, session)
    return door.answer(status, view, version=sheet.version, location=f"/sheets/{sheet.id}" if status == 201 else None)
