"""Routes of surveys: the list to call, one survey with the customer's contact, call attempts, the answer."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response

from services.followup import handlers, queries
from services.followup.api.sight import sees_contact, sees_words
from services.followup.commands import AnswerSurvey, LogAttempt
from services.followup.domain import Contact, Survey
from shared.fields import Id, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["surveys"])
State = Literal["waiting", "open", "answered", "void"]


class SurveyView(View):
    """A survey as everybody may see it."""

    id: UUID
    store_id: str
    state: State
    ro_id: UUID
    ro_no: str
    customer_id: UUID
    delivered_at: datetime
    opens_at: datetime
    due_at: datetime
    opened_at: datetime | None
    answered_at: datetime | None
    scores: dict[str, int] | None
    lowest_score: int | None
    version: int


class AttemptView(View):
    """One logged call."""

    outcome: str
    called_by: str
    at: datetime


class ContactView(View):
    """How the customer may be reached; no phone without consent."""

    name: str
    phone: str | None
    channel: str
    consent: bool

    @classmethod
    def of(cls, contact: Contact) -> "ContactView":
        phone = None if contact.unwilling else contact.phone
        return cls(name=contact.name, phone=phone, channel=contact.channel, consent=contact.consent)


class SurveyFile(View):
    """A survey with its calls; `contact` only for who calls customers, `words` only for who takes care of complaints."""

    survey: SurveyView
    attempts: list[AttemptView]
    complaint_id: UUID | None
    words: str | None
    contact: ContactView | None


class AnswerView(View):
    """The answered survey, and the complaint that a low score opened."""

    survey: SurveyView
    complaint_id: UUID | None


@router.get("/surveys")
async def list_surveys(
    door: Annotated[Door, allows("followup.read")],
    page: Paged,
    store_id: StoreId | None = None,
    state: State | None = None,
    ro_id: Id | None = None,
) -> Listing[SurveyView]:
    """Surveys, those that are due first on top."""
    async with door.reading() as session:
        rows, cursor = await page_of(
            session, queries.surveys(store_id, state, ro_id), [Survey.due_at, Survey.id], page, descending=False
        )
    return Listing(items=[SurveyView.model_validate(row) for row in rows], next=cursor)


@router.get("/surveys/{survey_id}", response_model=SurveyFile)
async def show_survey(survey_id: Id, door: Annotated[Door, allows("followup.read")]) -> Response:
    """One survey; its ETag is needed to write to it."""
    async with door.reading() as session:
        survey, complaint = await queries.survey(session, survey_id)
        contact = await queries.contact(session, survey.customer_id) if sees_contact(door, survey.store_id) else None
    file = SurveyFile(
        survey=SurveyView.model_validate(survey),
        attempts=[AttemptView.model_validate(attempt) for attempt in survey.attempts],
        complaint_id=complaint.id if complaint else None,
        words=survey.words if sees_words(door, survey.store_id) else None,
        contact=ContactView.of(contact) if contact else None,
    )
    return door.answer(200, file, version=survey.version)


@router.post("/surveys/{survey_id}/attempts", status_code=201, response_model=SurveyView)
async def log_attempt(survey_id: Id, body: LogAttempt, door: Annotated[Door, allows("followup.answer")]) -> Response:
    """Note a call to the customer; 409 `no_consent` where the customer does not want any."""
    async with door.changing(Survey, survey_id) as session:
        survey = await handlers.log_attempt(survey_id, body, session)
        return door.answer(201, SurveyView.model_validate(survey), version=survey.version)


@router.post("/surveys/{survey_id}/answer", response_model=AnswerView)
async def answer_survey(survey_id: Id, body: AnswerSurvey, door: Annotated[Door, allows("followup.answer")]) -> Response:
    """Record the customer's answer; a low score opens a complaint at once."""
    async with door.changing(Survey, survey_id) as session:
        survey, complaint = await handlers.answer_survey(survey_id, body, session)
        view = AnswerView(survey=SurveyView.model_validate(survey), complaint_id=complaint.id if complaint else None)
        return door.answer(200, view, version=survey.version)
