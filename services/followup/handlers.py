"""What follow-up does: load the rows, let them decide, announce what they say."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.followup.commands import AnswerSurvey, CloseComplaint, LogAttempt
from services.followup.domain import Complaint, Contact, Reminder, Survey, SurveyPolicy, Terms
from services.followup.domain.policies import NAME
from shared.events.reception import ContactChanged, CustomerMerged, VehicleDelivered, VehicleFileOpened
from shared.outbox import announce
from shared.settings import settings


async def plan_survey(event: VehicleDelivered, session: AsyncSession) -> None:
    """Plan the survey that the delivery calls for."""
    terms = await _terms(session, event.about.store_id, event.delivered_at)
    survey = await session.get_one(Survey, Survey.id_for(event.about.subject))
    survey.plan(event, terms)


async def keep_contact(event: ContactChanged, session: AsyncSession) -> None:
    """Keep how the customer may be reached."""
    contact = await session.get_one(Contact, event.about.subject)
    contact.change(event)


async def follow_merge(event: CustomerMerged, session: AsyncSession) -> None:
    """Whoever asks for the given-up customer's contact gets the other one's from now on."""
    contact = await session.get_one(Contact, event.about.subject)
    contact.give_up(event)


async def plan_first_maintenance(event: VehicleFileOpened, session: AsyncSession) -> None:
    """Plan to remind the owner of a new car."""
    reminder = await session.get_one(Reminder, Reminder.first_maintenance_of(event.about.subject))
    reminder.plan(event)


async def open_survey(survey: Survey, session: AsyncSession) -> None:
    """Open a survey whose moment has come."""
    announce(session, survey.open())


async def log_attempt(survey_id: UUID, command: LogAttempt, session: AsyncSession) -> Survey:
    """Note a call to a customer who wants to be called."""
    survey = await session.get_one(Survey, survey_id)
    session.add(survey.attempt(command.outcome, await session.scalar(Contact.holding_for(survey.customer_id))))
    return survey


async def answer_survey(survey_id: UUID, command: AnswerSurvey, session: AsyncSession) -> tuple[Survey, Complaint | None]:
    """Keep the answer; a low score opens a complaint in the same transaction."""
    survey = await session.get_one(Survey, survey_id)
    answered = survey.answer(command.scores, command.words)
    announce(session, answered)
    if not answered.low:
        return survey, None
    complaint = Complaint.over(survey)
    session.add(complaint)
    announce(session, complaint.opened())
    return survey, complaint


async def contact_customer(complaint_id: UUID, session: AsyncSession) -> Complaint:
    """Note that the customer was told."""
    complaint = await session.get_one(Complaint, complaint_id)
    complaint.contact()
    return complaint


async def close_complaint(complaint_id: UUID, command: CloseComplaint, session: AsyncSession) -> Complaint:
    """Close the complaint to the customer's satisfaction."""
    complaint = await session.get_one(Complaint, complaint_id)
    complaint.close(command.solution)
    return complaint


async def _terms(session: AsyncSession, store_id: str, at: datetime) -> Terms:
    """The terms in force at that moment: the store's own policy, else the group's, else the settings."""
    defaults = Terms(
        opens_after=timedelta(seconds=settings().survey_opens_after_s),
        due_after=timedelta(seconds=settings().survey_due_after_s),
    )
    policy = await session.scalar(SurveyPolicy.in_force(NAME, store_id, at))
    return defaults.under(policy) if policy else defaults
