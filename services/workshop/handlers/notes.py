"""Writing notes to the front desk."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.notes import WriteNote
from services.workshop.domain import Job, Note, NoteTerms
from services.workshop.domain.notes import refuse_untold
from services.workshop.domain.states import ON_THE_BOARD
from services.workshop.handlers.dispatching import known
from shared.outbox import announce
from shared.policies import terms_in_force

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('notes'), hashtext(:ro_id))")


async def write_note(job_id: UUID, command: WriteNote, user: str, session: AsyncSession) -> Note:
    """Keep it, and say that it is there."""
    job = await known(job_id, session)
    note = Note.about(job, command.stage, command.words, user)
    session.add(note)
    announce(session, note.tell())
    await session.flush()
    return note


async def refuse_untold_order(job: Job, session: AsyncSession) -> None:
    """Refused('after_note_missing') when this is the last job of its order, where the store wants to be told."""
    terms = await terms_in_force(NoteTerms, job.store_id, session)
    if not terms.after_needed:
        return
    # Of the last two jobs, inspected at once, one sees that the other has passed.
    await session.execute(_ONE_AT_A_TIME, {"ro_id": str(job.ro_id)})
    others = select(Job.id).where(Job.ro_id == job.ro_id, Job.id != job.id, Job.state.in_(ON_THE_BOARD))
    if await session.scalar(others.limit(1)) is None:
        after = select(Note.id).where(Note.ro_id == job.ro_id, Note.stage == "after")
        refuse_untold(written=await session.scalar(after.limit(1)) is not None)
