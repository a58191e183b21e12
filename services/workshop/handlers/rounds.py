"""Rounds: opened and missed by the clock, answered and completed by people."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.rounds import Answer, AnswerItems, CompleteRound
from services.workshop.domain import Checklist, RoundAnswer, RoundPlan, RoundTerms, SafetyFinding, SafetyRound
from services.workshop.domain.checklists import in_force
from services.workshop.domain.rounds import TO_BE_MADE, Said
from shared import clock
from shared.outbox import announce
from shared.policies import ALL, terms_in_force
from shared.settings import stores


async def open_rounds(plan: RoundPlan, session: AsyncSession) -> None:
    """What is due today, and what was due while nobody looked; whatever came before it is missed."""
    zone = stores()[plan.store_id].time_zone
    terms = await terms_in_force(RoundTerms, plan.store_id, session)
    versions = select(Checklist).where(Checklist.code == plan.code, Checklist.store_id.in_((plan.store_id, ALL)))
    written = (await session.scalars(versions)).all()
    due = plan.open(zone, lambda day: in_force(written, plan.code, day), terms.most_missed)
    now_in_force = in_force(written, plan.code, clock.day_in(zone))
    if due or now_in_force is None or now_in_force.retired:
        await _miss_the_open(plan, session)
    for day, form in due[:-1]:
        missed = SafetyRound.of(form, plan.store_id, zone, day)
        session.add(missed)
        announce(session, missed.miss())
    for day, form in due[-1:]:
        session.add(SafetyRound.of(form, plan.store_id, zone, day))


async def note_overdue(round_: SafetyRound, session: AsyncSession) -> None:
    """The time at which it was due has come."""
    announce(session, round_.fall_overdue())


async def answer_items(round_: SafetyRound, command: AnswerItems, by: str, session: AsyncSession) -> SafetyRound:
    """Refused: round_over.  Invalid: unknown_item, item_repeated, measured_missing, measured_unasked, finding_missing,
    finding_unasked, in_the_past."""
    await _keep(round_, command.answers, by, session)
    return round_


async def complete_round(round_: SafetyRound, command: CompleteRound, by: str, session: AsyncSession) -> SafetyRound:
    """With what is left to say; what is not ok becomes a finding.  Refused and Invalid as `answer_items`, and
    items_unanswered."""
    await _keep(round_, command.answers, by, session)
    rows = await session.scalars(select(RoundAnswer).where(RoundAnswer.round_id == round_.id).order_by(RoundAnswer.seq))
    answers = {answer.item: answer for answer in rows}
    announce(session, round_.complete(answers, by))
    terms = await terms_in_force(RoundTerms, round_.store_id, session)
    zone = stores()[round_.store_id].time_zone
    for answer in answers.values():
        if answer.severity is not None:
            finding = SafetyFinding.of(round_, answer, zone, terms.days_for(answer.severity))
            session.add(finding)
            announce(session, finding.open())
    await session.flush()
    return round_


async def _keep(round_: SafetyRound, answers: Sequence[Answer], by: str, session: AsyncSession) -> None:
    today = clock.day_in(stores()[round_.store_id].time_zone)
    session.add_all(round_.answer([Said(**answer.model_dump()) for answer in answers], by, today))
    await session.flush()


async def _miss_the_open(plan: RoundPlan, session: AsyncSession) -> None:
    left = select(SafetyRound).where(
        SafetyRound.store_id == plan.store_id, SafetyRound.code == plan.code, SafetyRound.state.in_(TO_BE_MADE)
    )
    for round_ in await session.scalars(left.order_by(SafetyRound.id).with_for_update()):
        announce(session, round_.miss())
