"""The doorbell's routes: one of each kind of door."""

from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, FastAPI, Response
from sqlalchemy import Double, select, text
from sqlalchemy.orm import Mapped, mapped_column

from shared import database
from shared.cause import cause
from shared.database import Aggregate
from shared.fields import Body, Code, Fen, Id, ShortText, StoreId, View
from shared.refusal import Invalid, Refused
from shared.service import Door, Listing, Paged, allows, page_of, public, raw, service

router = APIRouter()
log = structlog.get_logger("doorbell")
LARGEST_PICTURE = 1024 * 1024


class Base(database.Base):
    """The doorbell's tables."""

    __abstract__ = True
    metadata = database.metadata()


class Note(Aggregate, Base):
    """A note on a store's board."""

    __tablename__ = "notes"
    words: Mapped[str]
    amount_fen: Mapped[int]
    weight: Mapped[float | None] = mapped_column(Double())
    extra: Mapped[dict[str, Any] | None]
    pinned: Mapped[int] = mapped_column(default=0)

    def pin(self) -> None:
        if self.words == "loose":
            raise Refused("too_loose", "This note cannot be pinned.", pinned=self.pinned)
        self.pinned += 1
        self.version += 1


class WriteNote(Body):
    """Put a note on a store's board."""

    store_id: StoreId
    words: ShortText
    amount_fen: Fen = 0
    code: Code | None = None
    weight: float | None = None
    extra: dict[str, Any] | None = None


class NoteView(View):
    """A note as it is read."""

    id: UUID
    store_id: str
    version: int
    words: str
    pinned: int
    cause_id: UUID


@router.post("/notes", status_code=201, response_model=NoteView)
async def write_note(body: WriteNote, door: Annotated[Door, allows("parts.issue")]) -> Response:
    async with door.creating(body.store_id) as session:
        if body.words == "odd":
            raise Invalid("body.words", "odd", "The words are odd.")
        note = Note(**body.model_dump(exclude={"code"}))
        session.add(note)
        await session.flush()
        answer = door.answer(201, NoteView.model_validate(note), version=note.version, location=f"/notes/{note.id}")
    return answer


@router.get("/notes", response_model=Listing[NoteView])
async def notes(page: Paged, door: Annotated[Door, allows("parts.read")]) -> Listing[NoteView]:
    async with door.reading() as session:
        rows, following = await page_of(session, select(Note), [Note.amount_fen, Note.id], page)
    return Listing(items=[NoteView.model_validate(row) for row in rows], next=following)


@router.get("/notes/{note_id}", response_model=NoteView)
async def note(note_id: Id, door: Annotated[Door, allows("parts.read")]) -> Response:
    async with door.reading() as session:
        row = await session.get_one(Note, note_id)
    return door.answer(200, NoteView.model_validate(row), version=row.version)


@router.post("/notes/{note_id}/pin", response_model=NoteView)
async def pin(note_id: Id, door: Annotated[Door, allows("parts.issue")]) -> Response:
    async with door.changing(Note, note_id) as session:
        row = await session.get_one(Note, note_id)
        row.pin()
        log.info("pinned", words=row.words)
        answer = door.answer(200, NoteView.model_validate(row), version=row.version)
    return answer


@router.post("/notes/{note_id}/own", response_model=NoteView)
async def pin_own(note_id: Id, door: Annotated[Door, allows("workshop.work")]) -> Response:
    async with door.changing(Note, note_id) as session:
        row = await session.get_one(Note, note_id)
        door.must_own(row.words, "note")
        row.pin()
        answer = door.answer(200, NoteView.model_validate(row), version=row.version)
    return answer


@router.post("/forgetful")
async def forgetful(door: Annotated[Door, allows("parts.issue")]) -> None:
    async with door.creating() as session:
        session.add(Note(store_id="sh01", words="forgotten", amount_fen=0))


@router.get("/writing-while-reading")
async def writing_while_reading(door: Annotated[Door, allows("parts.read")]) -> None:
    async with door.reading() as session:
        session.add(Note(store_id="sh01", words="sneaked in", amount_fen=0))


@router.get("/slow")
async def slow(door: Annotated[Door, allows("parts.read")]) -> None:
    async with door.reading() as session:
        await session.execute(text("SET LOCAL statement_timeout = 50"))
        await session.execute(text("SELECT pg_sleep(5)"))


@router.get("/search")
async def search(words: str, door: Annotated[Door, allows("parts.read")]) -> int:
    async with door.reading() as session:
        return len((await session.scalars(select(Note).where(Note.words == words))).all())


@router.get("/number/{number}")
async def number(number: int, door: Annotated[Door, allows("parts.read")]) -> int:
    async with door.reading() as session:
        return len((await session.scalars(select(Note).where(Note.amount_fen == number))).all())


@router.get("/broken", dependencies=[public("to see what a defect looks like")])
async def broken() -> None:
    raise RuntimeError("canary-13800138000")


@router.get("/why")
async def why(door: Annotated[Door, allows("parts.read")]) -> dict[str, str | None]:
    async with door.reading():
        because = cause()
    return {"id": str(because.id), "actor": because.actor, "stores": ",".join(because.stores), "trace": because.traceparent}


@router.post("/notes/{note_id}/picture", status_code=201)
async def hang_picture(
    note_id: Id, content: Annotated[bytes, raw(LARGEST_PICTURE)], door: Annotated[Door, allows("parts.issue")]
) -> Response:
    async with door.changing(Note, note_id) as session:
        row = await session.get_one(Note, note_id)
        row.pinned, row.version = len(content), row.version + 1
        answer = door.answer(201, NoteView.model_validate(row), version=row.version)
    return answer


def app() -> FastAPI:
    return service("doorbell", router, {})
