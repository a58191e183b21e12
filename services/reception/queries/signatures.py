"""Reading signatures."""

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Signature
from services.reception.domain.signatures import FIRST


async def signatures_of(ro_id: UUID, session: AsyncSession) -> Sequence[Signature]:
    """The order's signatures, oldest first."""
    return (await session.scalars(Signature.of_order(ro_id))).all()


def unbroken(signatures: Sequence[Signature]) -> bool:
    """Whether each is intact and follows the one before, from the first."""
    chained = all(after.previous_sha256 == before.chain_sha256 for before, after in pairwise(signatures))
    begins = not signatures or (signatures[0].previous_sha256 == FIRST and signatures[0].seq == 1)
    gapless = [signature.seq for signature in signatures] == list(range(1, len(signatures) + 1))
    return begins and chained and gapless and all(signature.intact for signature in signatures)
