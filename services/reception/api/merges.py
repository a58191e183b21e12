"""Making one file of two over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response

from services.reception.api.customers import CustomerView, shown
from services.reception.commands.merges import MergeCustomer
from services.reception.handlers import merges as handlers
from shared.fields import Id
from shared.service import Door, allows

router = APIRouter(tags=["customers"])


@router.post("/customers/{customer_id}/merge", response_model=CustomerView)
async def merge_customer(
    customer_id: Id, body: MergeCustomer, door: Annotated[Door, allows("reception.merge_customers")]
) -> Response:
    """Give this file up; the answer is the one that holds."""
    async with door.creating() as session:
        return shown(door, await handlers.merge_customers(customer_id, body, door.must_have_seen, session))
