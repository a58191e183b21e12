"""Following up what rounds found.  The door has locked the finding."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.safety_findings import AssignFinding, ReopenFinding, ResolveFinding, VerifyFinding
from services.workshop.domain import FindingStep, SafetyFinding
from services.workshop.domain.safety_findings import Step
from shared import clock
from shared.outbox import announce
from shared.refusal import Invalid
from shared.settings import stores


async def assign_finding(finding: SafetyFinding, command: AssignFinding, session: AsyncSession) -> SafetyFinding:
    """Refused('illegal_transition').  Invalid('in_the_past')."""
    finding.assign(command.owner, _to_come(finding, command.due_on), _zone(finding))
    return await _noted(finding, "assigned", command.reason, session)


async def resolve_finding(
    finding: SafetyFinding, command: ResolveFinding, by: str, session: AsyncSession, *, manages: bool
) -> SafetyFinding:
    """Refused: somebody_else_answers, illegal_transition."""
    announce(session, finding.resolve(by, manages=manages))
    return await _noted(finding, "resolved", command.done, session)


async def verify_finding(finding: SafetyFinding, command: VerifyFinding, by: str, session: AsyncSession) -> SafetyFinding:
    """Refused: resolved_it, illegal_transition."""
    announce(session, finding.verify(by))
    return await _noted(finding, "verified", command.remark, session)


async def reopen_finding(finding: SafetyFinding, command: ReopenFinding, session: AsyncSession) -> SafetyFinding:
    """Refused('illegal_transition').  Invalid('in_the_past')."""
    announce(session, finding.reopen(_to_come(finding, command.due_on), _zone(finding)))
    return await _noted(finding, "reopened", command.reason, session)


async def note_finding_overdue(finding: SafetyFinding, session: AsyncSession) -> None:
    """Its day is over."""
    announce(session, finding.fall_overdue())


async def _noted(finding: SafetyFinding, step: Step, words: str | None, session: AsyncSession) -> SafetyFinding:
    session.add(FindingStep.of(finding, step, words))
    await session.flush()
    return finding


def _to_come(finding: SafetyFinding, day: date) -> date:
    if day < clock.day_in(_zone(finding)):
        raise Invalid("body.due_on", "in_the_past", "It is put right today or later.")
    return day


def _zone(finding: SafetyFinding) -> str:
    return stores()[finding.store_id].time_zone
