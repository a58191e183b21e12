"""Inspecting a car point by point, and proposing what was found.  Who holds a sheet locks nothing that existed before."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.sheets import AnswerPoints, ProposeFinding, ProposeFindings
from services.workshop.commands.supplements import MOST_LINES
from services.workshop.domain import Finding, FindingProposal, Job, Sheet, SheetPhoto, SheetTerms, Supplement
from services.workshop.domain.points import Point, Remedy
from services.workshop.domain.sheets import SEVERITIES
from services.workshop.handlers.supplements import put_forward
from shared import clock
from shared.database import new_id
from shared.events.workshop import SupplementLine
from shared.photographs import Photograph
from shared.pictures import taken
from shared.policies import terms_in_force
from shared.refusal import Invalid, Refused, Unknown

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('sheets'), hashtext(:ro_id))")


async def open_sheet(job_id: UUID, user: str, session: AsyncSession) -> Sheet:
    """For the car of this job.  Refused: sheet_open_already, job_not_being_worked_on."""
    job = await session.get_one(Job, job_id)
    await session.execute(_ONE_AT_A_TIME, {"ro_id": str(job.ro_id)})
    if await session.scalar(select(Sheet.id).where(Sheet.ro_id == job.ro_id, Sheet.completed_at.is_(None))):
        raise Refused("sheet_open_already", "This car is being inspected already.")
    sheet = Sheet.opened(job, await terms_in_force(SheetTerms, job.store_id, session), user)
    session.add(sheet)
    await session.flush()
    return sheet


async def answer_points(sheet_id: UUID, command: AnswerPoints, user: str, session: AsyncSession) -> Sheet:
    """Keep what was seen so far."""
    sheet = await session.get_one(Sheet, sheet_id)
    sheet.answer([answer.model_dump(mode="json") for answer in command.answers], user)
    return sheet


async def complete_sheet(sheet_id: UUID, user: str, session: AsyncSession) -> Sheet:
    """Its findings are there for good."""
    sheet = await session.get_one(Sheet, sheet_id)
    session.add_all(sheet.complete(user))
    await session.flush()
    return sheet


async def keep_sheet_photo(sheet_id: UUID, point: str, picture: Photograph, key: str, session: AsyncSession) -> SheetPhoto:
    """Write down at which point the picture under this key was taken."""
    sheet = await session.get_one(Sheet, sheet_id)
    sheet.refuse_photo(point, (await session.scalars(select(func.count()).where(SheetPhoto.sheet_id == sheet_id))).one())
    photo = SheetPhoto(store_id=sheet.store_id, sheet_id=sheet.id, point=point, **taken(picture, key))
    session.add(photo)
    await session.flush()
    return photo


async def locked_sheet(sheet_id: UUID, session: AsyncSession) -> Sheet:
    """A sheet after the job on which it was opened: the work neither ends nor is called off meanwhile.  Unknown."""
    job_id = await session.scalar(select(Sheet.job_id).where(Sheet.id == sheet_id))
    await session.execute(select(Job.id).where(Job.id == job_id).with_for_update())
    sheet = await session.scalar(select(Sheet).where(Sheet.id == sheet_id).with_for_update())
    if sheet is None:
        raise Unknown("sheet")
    return sheet


async def propose_findings(sheet_id: UUID, command: ProposeFindings, user: str, session: AsyncSession) -> Supplement:
    """Make one supplement of these findings.  Refused: sheet_not_completed, proposed_already, job_not_being_worked_on.
    Invalid: point_unknown, point_repeated, no_finding, nothing_to_propose, too_many_lines."""
    sheet = await session.get_one(Sheet, sheet_id)
    sheet.refuse_open()
    rows = await session.scalars(select(Finding).where(Finding.sheet_id == sheet_id))
    known, chosen = {finding.point: finding for finding in rows}, list[Finding]()
    for position, each in enumerate(command.findings):
        place = f"body.findings.{position}.point"
        if each.point not in known:
            raise Invalid(place, "point_unknown", "This sheet has no such point.")
        finding = known[each.point]
        if finding in chosen:
            raise Invalid(place, "point_repeated", "Each finding is proposed once.")
        finding.refuse_sound(place)
        chosen.append(finding)
    await _refuse_proposed(chosen, session)
    job, template = await session.get_one(Job, sheet.job_id), sheet.template
    lines = [
        line
        for position, (each, finding) in enumerate(zip(command.findings, chosen, strict=True))
        for line in _lines(job, each, finding, template[finding.point], f"body.findings.{position}")
    ]
    if len(lines) > MOST_LINES:
        raise Invalid("body.findings", "too_many_lines", "Propose fewer findings at once.", most=MOST_LINES)
    supplement = await put_forward(job, lines, job.technician or "", session)
    await session.flush()
    session.add_all(
        FindingProposal(finding_id=finding.id, store_id=sheet.store_id, supplement_id=supplement.id, proposed_by=user,
                        proposed_at=clock.now())
        for finding in chosen
    )  # fmt: skip
    sheet.version += 1
    return supplement


async def _refuse_proposed(chosen: Sequence[Finding], session: AsyncSession) -> None:
    ids = {finding.id: finding.point for finding in chosen}
    before = await session.scalars(select(FindingProposal.finding_id).where(FindingProposal.finding_id.in_(ids)))
    if points := sorted(ids[id] for id in before):
        raise Refused("proposed_already", "This was proposed already.", points=points)


def _lines(job: Job, asked: ProposeFinding, finding: Finding, point: Point, place: str) -> list[SupplementLine]:
    """The operation, and its parts; parts without an operation serve the job itself."""
    suggested = point.remedy(finding.colour) or Remedy.model_construct()
    op_code = asked.op_code or suggested.op_code
    hours = asked.flat_hours_milli or (suggested.flat_hours_milli if op_code == suggested.op_code else None)
    parts = suggested.parts if asked.parts is None else asked.parts
    if op_code is None and not parts:
        raise Invalid(place, "nothing_to_propose", "Name an operation or parts.")
    if (op_code is None) != (hours is None):
        raise Invalid(f"{place}.flat_hours_milli", "hours_mismatch", "An operation comes with its hours.")
    grade = {
        "severity": SEVERITIES[finding.colour],
        "concern_code": asked.concern_code,
        "finding_id": finding.id,
        "point": finding.point,
    }
    words = asked.finding or finding.remark or point.name_zh
    operation = new_id() if op_code else job.id
    lines = [
        SupplementLine(line_id=new_id(), kind="part", labour_line_id=operation, finding=words if op_code is None
                       else point.name_zh, **part.model_dump(), **grade)
        for part in parts
    ]  # fmt: skip
    if op_code is None:
        return lines
    labour = SupplementLine(
        line_id=operation, kind="labour", op_code=op_code, flat_hours_milli=hours, finding=words, **grade
    )  # fmt: skip
    return [labour, *lines]
