"""What can be read of follow-up."""

from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.followup.domain import Complaint, Contact, Reminder, Survey
from shared.refusal import Unknown


def surveys(store_id: str | None, state: str | None, ro_id: UUID | None) -> Select[Survey]:
    """Surveys of one store or of all that the caller sees, in one state or in any, of one repair order or of all."""
    query = select(Survey)
    if store_id:
        query = query.where(Survey.store_id == store_id)
    if state:
        query = query.where(Survey.state == state)
    if ro_id:
        query = query.where(Survey.ro_id == ro_id)
    return query


async def survey(session: AsyncSession, survey_id: UUID) -> tuple[Survey, Complaint | None]:
    """One survey with its call attempts, and the complaint that it led to."""
    found = await session.get(Survey, survey_id, options=[selectinload(Survey.attempts)])
    if found is None:
        raise Unknown("survey")
    return found, await session.scalar(select(Complaint).where(Complaint.survey_id == survey_id))


async def contact(session: AsyncSession, customer_id: UUID) -> Contact | None:
    """How the customer may be reached; None as long as reception has not told."""
    found = await session.scalar(Contact.holding_for(customer_id))
    return found if found and found.changed_version else None


def complaints(store_id: str | None, state: str | None, ro_id: UUID | None) -> Select[Complaint]:
    """Complaints of one store or of all that the caller sees, in one state or in any, of one repair order or of all."""
    query = select(Complaint)
    if store_id:
        query = query.where(Complaint.store_id == store_id)
    if state:
        query = query.where(Complaint.state == state)
    if ro_id:
        query = query.where(Complaint.ro_id == ro_id)
    return query


async def complaint(session: AsyncSession, complaint_id: UUID) -> tuple[Complaint, Survey | None]:
    """One complaint and the survey that it came from."""
    found = await session.get(Complaint, complaint_id)
    if found is None:
        raise Unknown("complaint")
    return found, await session.get(Survey, found.survey_id) if found.survey_id else None


def reminders(store_id: str | None, kind: str | None, due_before: date | None) -> Select[Reminder]:
    """Planned reminders of one store or of all that the caller sees, of one kind or of any, due before a day."""
    query = select(Reminder).where(Reminder.state.is_not(None))
    if store_id:
        query = query.where(Reminder.store_id == store_id)
    if kind:
        query = query.where(Reminder.kind == kind)
    if due_before:
        query = query.where(Reminder.due_on < due_before)
    return query
