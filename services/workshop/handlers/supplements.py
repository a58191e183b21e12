"""Proposing additional work, and hearing what the customer decided."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.supplements import LabourFinding, ProposeSupplement
from services.workshop.domain import Activity, AuthorisedOrder, Job, Supplement
from services.workshop.handlers import holds
from shared.database import new_id
from shared.events.reception import EstimateIssued, SupplementDecided
from shared.events.workshop import SupplementLine
from shared.outbox import announce
from shared.refusal import Invalid


async def propose_supplement(
    job_id: UUID, command: ProposeSupplement, technician: str | None, user: str, session: AsyncSession
) -> Supplement:
    """Tell reception what more the car needs, by the code of a technician who works on it, else (None) by the inspector `user`.
    Refused: job_not_being_worked_on, inspector_worked_on_it."""
    job = await session.get_one(Job, job_id)
    if technician is not None:
        return await put_forward(job, _lines(job, command), technician, session)
    worked = (await session.scalars(select(Activity).where(Activity.job_id == job.id, Activity.user == user))).all()
    job.refuse_inspector(user, worked)
    return await put_forward(job, _lines(job, command), job.technician or "", session, inspector=user)


async def put_forward(
    job: Job, lines: list[SupplementLine], technician: str, session: AsyncSession, *, inspector: str | None = None
) -> Supplement:
    """Make a supplement of what the technician or the inspector found.  Refused: job_not_being_worked_on."""
    supplement = Supplement.found_on(job, lines, inspected=inspector is not None)
    session.add(supplement)
    announce(session, supplement.propose(technician, inspector))
    await holds.keep_waiting_supplements([supplement], await session.get_one(AuthorisedOrder, job.ro_id), session)
    return supplement


def _lines(job: Job, command: ProposeSupplement) -> list[SupplementLine]:
    """Invalid: `ref_repeated`, `labour_line_unknown`."""
    operations: dict[str, UUID] = {}
    for position, line in enumerate(command.lines):
        if isinstance(line, LabourFinding):
            if line.ref in operations:
                raise Invalid(f"body.lines.{position}.ref", "ref_repeated", "Another operation has this name.")
            operations[line.ref] = new_id()
    made = []
    for position, line in enumerate(command.lines):
        told = line.model_dump(exclude={"ref", "serves"})
        if isinstance(line, LabourFinding):
            made.append(SupplementLine(line_id=operations[line.ref], **told))
        elif line.serves is not None and line.serves not in operations:
            raise Invalid(f"body.lines.{position}.serves", "labour_line_unknown", "No operation here has this name.")
        else:
            serves = job.id if line.serves is None else operations[line.serves]
            made.append(SupplementLine(line_id=new_id(), labour_line_id=serves, **told))
    return made


async def note_decision(event: SupplementDecided, session: AsyncSession) -> None:
    """Keep what the customer said of each line; approved ones come as jobs with the authorised work."""
    supplement = await session.get_one(Supplement, event.about.subject)
    supplement.decide(event)
    await holds.keep_waiting_supplements([supplement], await session.get_one(AuthorisedOrder, event.ro_id), session)


async def note_price(event: EstimateIssued, session: AsyncSession) -> None:
    """The customer was asked about what was found."""
    if event.supplement_id is not None:
        supplement = await session.get_one(Supplement, event.supplement_id)
        supplement.ask(event)
        await holds.keep_waiting_supplements([supplement], await session.get_one(AuthorisedOrder, event.ro_id), session)
