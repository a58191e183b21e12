"""Signatures over HTTP: what was signed, and whether it is still exactly that."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter

from services.reception.api.customers import sees_persons
from services.reception.domain import RepairOrder
from services.reception.queries import signatures as asked
from shared.fields import Id, View
from shared.service import Door, allows

router = APIRouter(tags=["signatures"])


class SignatureView(View):
    """A signed document; what it says and who signed only to roles that work with persons."""

    id: UUID
    seq: int
    document: str
    sha256: str
    channel: str
    paper_no: str | None
    signed_at: datetime
    intact: bool
    signer: str | None = None
    content: dict[str, Any] | None = None


class SignaturesView(View):
    """A repair order's signatures; `unbroken` is whether none was changed, added or removed afterwards."""

    items: list[SignatureView]
    unbroken: bool


@router.get("/repair-orders/{ro_id}/signatures", response_model=SignaturesView)
async def read_signatures(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> SignaturesView:
    """Oldest first."""
    async with door.reading() as session:
        order = await session.get_one(RepairOrder, ro_id)
        found = await asked.signatures_of(ro_id, session)
    hidden = {} if sees_persons(door, order.store_id) else {"signer": None, "content": None}
    items = [SignatureView.model_validate(signature).model_copy(update=hidden) for signature in found]
    return SignaturesView(items=items, unbroken=asked.unbroken(found))
