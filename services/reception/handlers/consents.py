"""Keeping what customers allowed."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.consents import KeepConsent
from services.reception.domain import Consent, Contact, Customer, FileTerms
from services.reception.domain.consents import SERVICE_CALLS, agreed, in_force
from shared.outbox import announce
from shared.policies import terms_in_force


async def keep_consent(customer: Customer, command: KeepConsent, session: AsyncSession) -> Consent:
    """Write the customer's word down, and tell how they may be reached now."""
    word = Consent(customer_id=customer.id, **command.model_dump())
    session.add(word)
    if word.purpose == SERVICE_CALLS:
        customer.consent = word.given
    await session.flush()
    first = await session.scalar(Contact.primary_of(customer.id))
    announce(session, customer.reachable(first, await agreed_by(customer.id, session)))
    return word


async def note_consent(customer: Customer, purpose: str, given: bool, session: AsyncSession, channel: str = "counter") -> None:
    """A word that came with another request, on the text that the home store uses."""
    terms = await terms_in_force(FileTerms, customer.store_id, session)
    session.add(
        Consent(customer_id=customer.id, purpose=purpose, given=given, text_version=terms.consent_text, channel=channel)
    )


async def words_of(customer_id: UUID, session: AsyncSession) -> dict[str, Consent]:
    """By purpose, the customer's newest word."""
    return in_force(await session.scalars(Consent.of_customer(customer_id)))


async def agreed_by(customer_id: UUID, session: AsyncSession) -> set[str]:
    """The purposes beyond service calls to which the customer agrees now."""
    return agreed(await session.scalars(Consent.of_customer(customer_id)))
