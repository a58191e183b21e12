"""Keeping what customers sign."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.signatures import Sign
from services.reception.domain import RepairOrder, Signature


async def sign(
    order: RepairOrder, document: str, content: Mapping[str, Any], command: Sign, session: AsyncSession
) -> Signature:
    """Keep the signature over exactly this content (JSON values).  The order is locked by the door, so that its signatures
    follow each other."""
    last = (await session.scalars(Signature.of_order(order.id).order_by(None).order_by(Signature.seq.desc()).limit(1))).first()
    signature = Signature.after(
        last, ro_id=order.id, store_id=order.store_id, document=document, content=content, **command.model_dump()
    )
    session.add(signature)
    await session.flush()
    return signature
