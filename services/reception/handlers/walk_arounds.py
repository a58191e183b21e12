"""Walking around the car with the customer."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.walk_arounds import DisputeNote as Dispute
from services.reception.commands.walk_arounds import WalkAround
from services.reception.domain import DisputeNote, Photo, RepairOrder, WalkAroundSheet, WalkAroundTerms
from services.reception.domain.authorisations import digest_of
from services.reception.domain.walk_arounds import DOCUMENT
from services.reception.handlers.signatures import sign
from services.reception.handlers.timeline import tell_customer
from shared.outbox import announce
from shared.policies import terms_in_force


async def walk_around(ro_id: UUID, command: WalkAround, session: AsyncSession) -> WalkAroundSheet:
    """Keep the sheet and the customer's signature over exactly it; a sheet before stays beside it."""
    order = await session.get_one(RepairOrder, ro_id)
    terms = await terms_in_force(WalkAroundTerms, order.store_id, session)
    photos = (await session.scalars(Photo.of_order(ro_id))).all()
    told = command.model_dump(mode="json", exclude={"signature", "customer_absent"})
    content = order.sheet(told, photos, terms)
    signature = await sign(order, DOCUMENT, content, command.signature, session) if command.signature else None
    sheet, said = order.inspected(content, digest_of(content), signature, command.customer_absent)
    session.add(sheet)
    announce(session, said)
    tell_customer(order, "inspected", session)
    return sheet


async def note_dispute(ro_id: UUID, command: Dispute, session: AsyncSession) -> DisputeNote:
    """Write down what the customer does not agree with."""
    order = await session.get_one(RepairOrder, ro_id)
    note = order.dispute(command.words, command.panel)
    session.add(note)
    return note
