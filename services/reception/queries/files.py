"""What is missing in files, and since when it is overdue."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import FileTerms, IncompleteFile, ReceptionPolicy
from services.reception.domain.files import FileField, missing
from services.reception.queries.customers import customers_of
from services.reception.queries.vehicles import vehicles_by_id
from shared import clock
from shared.database import ALL_STORES


async def file_terms(store_id: str, session: AsyncSession) -> FileTerms:
    """What the store wants of files now."""
    return FileTerms.under(await session.scalar(ReceptionPolicy.in_force(FileTerms.NAME, store_id, clock.now())))


def incomplete_files(*, within: Sequence[str], store_id: str | None, due_before: date | None) -> Select[IncompleteFile]:
    """Files that are not complete yet after a visit to one of the stores `within`."""
    found = select(IncompleteFile).where(IncompleteFile.completed_at.is_(None))
    if ALL_STORES not in within:
        found = found.where(IncompleteFile.visited_store_id.in_(within))
    if store_id is not None:
        found = found.where(IncompleteFile.visited_store_id == store_id)
    if due_before is not None:
        found = found.where(IncompleteFile.due_on < due_before)
    return found


async def missing_in(files: Sequence[IncompleteFile], session: AsyncSession) -> list[list[FileField]]:
    """For each of these files, what is missing."""
    customers = await customers_of({file.customer_id for file in files}, session)
    vehicles = await vehicles_by_id({file.vehicle_id for file in files}, session)
    terms = {store: await file_terms(store, session) for store in {file.visited_store_id for file in files}}
    return [missing(customers[file.customer_id], vehicles[file.vehicle_id], terms[file.visited_store_id]) for file in files]
