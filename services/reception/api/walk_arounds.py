"""Walk-arounds over HTTP: the signed sheets, and what the customer disputes."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.api.customers import sees_persons
from services.reception.commands.walk_arounds import DisputeNote, WalkAround
from services.reception.domain import RepairOrder, WalkAroundSheet
from services.reception.handlers import walk_arounds as handlers
from services.reception.queries import walk_arounds as asked
from shared.fields import Id, View
from shared.service import Door, allows

router = APIRouter(tags=["check-in"])


class DisputeNoteView(View):
    """The customer's words only to roles that work with persons."""

    id: UUID
    words: str | None
    panel: str | None
    noted_by: str
    noted_at: datetime


class SheetView(View):
    """One version of the sheet; `intact` is whether it is what was signed."""

    id: UUID
    seq: int
    sha256: str
    signed: bool
    intact: bool
    made_by: str
    made_at: datetime
    checks: list[dict[str, Any]]
    failed_checks: list[str]
    damage_marks: list[dict[str, Any]]
    fuel_bp: int
    valuables_reminded: bool
    covers_fitted: bool
    photos: list[dict[str, Any]]
    odometer_photo_id: UUID | None
    belongings: list[str] | None
    customer_absent: str | None

    @classmethod
    def of(cls, sheet: WalkAroundSheet, *, persons: bool) -> Self:
        content = {name: value for name, value in sheet.content.items() if name in cls.model_fields}
        shown = cls(
            **content | {"seq": sheet.seq, "made_at": sheet.made_at}, id=sheet.id, sha256=sheet.sha256,
            signed=sheet.signature_id is not None, intact=sheet.intact, made_by=sheet.made_by,
            failed_checks=sheet.failed_checks, customer_absent=sheet.customer_absent,
        )  # fmt: skip
        return shown if persons else shown.model_copy(update={"belongings": None, "customer_absent": None})


class WalkAroundView(View):
    """All sheets, the newest first (an older one stays as it was signed), and what the customer disputed, oldest first.  The
    answer's ETag is the repair order's version."""

    ro_id: UUID
    sheets: list[SheetView]
    dispute_notes: list[DisputeNoteView]

    @classmethod
    async def of(cls, ro_id: UUID, session: AsyncSession, *, persons: bool) -> Self:
        hidden = {} if persons else {"words": None}
        notes = [DisputeNoteView.model_validate(note) for note in await asked.dispute_notes_of(ro_id, session)]
        return cls(
            ro_id=ro_id,
            sheets=[SheetView.of(sheet, persons=persons) for sheet in await asked.sheets_of(ro_id, session)],
            dispute_notes=[note.model_copy(update=hidden) for note in notes],
        )


@router.get("/repair-orders/{ro_id}/walk-around", response_model=WalkAroundView)
async def read_walk_around(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        order = await session.get_one(RepairOrder, ro_id)
        view = await WalkAroundView.of(ro_id, session, persons=sees_persons(door, order.store_id))
    return door.answer(200, view, version=order.version)


@router.post("/repair-orders/{ro_id}/walk-around", status_code=201, response_model=WalkAroundView)
async def walk_around(ro_id: Id, body: WalkAround, door: Annotated[Door, allows("reception.check_in")]) -> Response:
    """The whole sheet, signed; again where something was wrong, until the customer agrees to the work."""
    async with door.changing(RepairOrder, ro_id) as session:
        await handlers.walk_around(ro_id, body, session)
        answer = await _as_it_stands(ro_id, door, session)
    return answer


@router.post("/repair-orders/{ro_id}/dispute-notes", status_code=201, response_model=WalkAroundView)
async def note_dispute(ro_id: Id, body: DisputeNote, door: Annotated[Door, allows("reception.check_in")]) -> Response:
    """At any time until the car leaves; nobody can change or remove it."""
    async with door.changing(RepairOrder, ro_id) as session:
        await handlers.note_dispute(ro_id, body, session)
        answer = await _as_it_stands(ro_id, door, session)
    return answer


async def _as_it_stands(ro_id: UUID, door: Door, session: AsyncSession) -> Response:
    order = await session.get_one(RepairOrder, ro_id)
    view = await WalkAroundView.of(ro_id, session, persons=True)
    return door.answer(201, view, version=order.version, location=f"/repair-orders/{ro_id}/walk-around")
