"""Rounds over HTTP, and how many were made on time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop import handlers
from services.workshop.api.checklists import ItemView
from services.workshop.api.measures import MeasureView
from services.workshop.commands.rounds import AnswerItems, CompleteRound
from services.workshop.domain import RoundAnswer, SafetyRound
from services.workshop.queries import rounds as asked
from shared.fields import Code, Day, Id, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["safety rounds"])
Maker = Annotated[Door, allows("workshop.make_rounds")]


class RoundView(View):
    """A round; `checklist_version` is 0 and `set_by` null for a checklist that comes with the product.  `not_ok`: how many
    items were found wanting, null until it is completed."""

    id: UUID
    store_id: str
    version: int
    code: str
    kind: str
    checklist_version: int
    set_by: str | None
    state: str
    due_on: date
    due_at: datetime
    answers_role: str | None
    answers_user: str | None
    opened_at: datetime
    completed_by: str | None
    completed_at: datetime | None
    not_ok: int | None


class RoundAnswerView(View):
    """What was said last of an item; `owner` and `due_on` as they were said, null where they follow from who and when."""

    item: str
    result: str
    remark: str | None
    measured_milli: int | None
    severity: str | None
    to_do: str | None
    owner: str | None
    due_on: date | None
    answered_by: str
    answered_at: datetime


class RoundDetail(RoundView):
    """With the checklist as it was on the day, and what was answered so far."""

    name_zh: str
    name_en: str
    items: list[ItemView]
    answers: list[RoundAnswerView]


class RoundMeasuresView(View):
    """Rounds on time, per kind of checklist."""

    from_on: date
    until_on: date
    measures: list[MeasureView]


@router.get("/safety-rounds", response_model=Listing[RoundView])
async def list_rounds(
    page: Paged,
    door: Annotated[Door, allows("workshop.read")],
    store_id: StoreId | None = None,
    state: Literal["open", "overdue", "completed", "missed"] | None = None,
    kind: Literal["six_s", "safety", "hazardous_waste"] | None = None,
    code: Annotated[Code | None, Query()] = None,
    due_on: Annotated[Day | None, Query()] = None,
) -> Response:
    """The newest day first."""
    async with door.reading() as session:
        found = asked.rounds(store_id, state, kind, code, due_on)
        rows, following = await page_of(session, found, [SafetyRound.due_on, SafetyRound.id], page)
    return door.answer(200, Listing(items=[RoundView.model_validate(row) for row in rows], next=following))


@router.get("/safety-rounds/{round_id}", response_model=RoundDetail)
async def read_round(round_id: Id, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """With its items and the newest answer to each."""
    async with door.reading() as session:
        found, answers = await asked.safety_round(round_id, session)
    return door.answer(200, _detail(found, answers), version=found.version)


@router.post("/safety-rounds/{round_id}/answers", response_model=RoundDetail)
async def answer_items(round_id: Id, body: AnswerItems, door: Maker) -> Response:
    """By who answers for the round, or a manager; until it is completed, a later answer takes the place of an earlier one.
    409 `somebody_else_answers`, `round_over`."""
    async with door.changing(SafetyRound, round_id) as session:
        found = await _theirs(round_id, door, session)
        await handlers.answer_items(found, body, door.caller.subject, session)
        found, answers = await asked.safety_round(round_id, session)
        return door.answer(200, _detail(found, answers), version=found.version)


@router.post("/safety-rounds/{round_id}/completion", response_model=RoundDetail)
async def complete_round(round_id: Id, body: CompleteRound, door: Maker) -> Response:
    """With the answers that are left, or all of them at once; what is not ok becomes a finding.  409 `items_unanswered`,
    `somebody_else_answers`, `round_over`."""
    async with door.changing(SafetyRound, round_id) as session:
        found = await _theirs(round_id, door, session)
        await handlers.complete_round(found, body, door.caller.subject, session)
        found, answers = await asked.safety_round(round_id, session)
        return door.answer(200, _detail(found, answers), version=found.version)


@router.get("/stores/{store_id}/round-measures", response_model=RoundMeasuresView)
async def read_round_measures(
    store_id: StoreId,
    door: Annotated[Door, allows("workshop.read_measures")],
    from_on: Annotated[Day, Query()],
    until_on: Annotated[Day, Query()],
) -> Response:
    """Of the rounds that were due on these days, both included, at most 92.  422 `range_wrong`."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        found = await asked.measures(store_id, from_on, until_on, session)
    shown = [MeasureView.model_validate(each) for each in found]
    return door.answer(200, RoundMeasuresView(from_on=from_on, until_on=until_on, measures=shown))


async def _theirs(round_id: UUID, door: Door, session: AsyncSession) -> SafetyRound:
    found = await session.get_one(SafetyRound, round_id)
    found.refuse_others(door.caller.subject, door.roles_in(found.store_id))
    return found


def _detail(found: SafetyRound, answers: Sequence[RoundAnswer]) -> RoundDetail:
    given = [RoundAnswerView.model_validate(answer) for answer in answers]
    return RoundDetail(**RoundView.model_validate(found).model_dump(), **found.content, answers=given)
