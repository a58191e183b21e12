"""What claims does when it hears of repairs: keep replicas, expect and draft claims."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.claims.domain import AuthorisedOrder, Claim, Vehicle, WarrantyLine
from services.claims.domain.lines import warranty_share_bp
from shared.events.parts import PartsIssued
from shared.events.reception import AuthorisedLine, VehicleDelivered, VehicleIdentified, WorkAuthorised
from shared.events.workshop import JobCompleted
from shared.refusal import Refused


def warranty_lines(event: WorkAuthorised) -> dict[UUID, dict[UUID, AuthorisedLine]]:
    """Job -> its lines (by id) of which the maker pays a share.  Refused('line_incomplete') when a part line names no job."""
    jobs: dict[UUID, dict[UUID, AuthorisedLine]] = defaultdict(dict)
    for line in event.lines:
        if warranty_share_bp(line):
            job_id = line.ro_line_id if line.kind == "labour" else line.labour_line_id
            if job_id is None:
                raise Refused("line_incomplete", "A part line names the job that it serves.", ro_line_id=str(line.ro_line_id))
            jobs[job_id][line.ro_line_id] = line
    return dict(jobs)


def warranty_jobs(event: WorkAuthorised) -> list[UUID]:
    """Keys of the claims that `expect_claims` needs."""
    return list(warranty_lines(event))


def warranty_line_ids(event: WorkAuthorised) -> list[UUID]:
    """Keys of the claim lines that `expect_claims` needs."""
    return [id for lines in warranty_lines(event).values() for id in lines]


async def expect_claims(event: WorkAuthorised, session: AsyncSession) -> None:
    """Expect a claim for every job that the maker pays for; let all claims of the order follow the newest authorisation."""
    jobs = warranty_lines(event)
    for job_id, lines in jobs.items():
        claim = await session.get_one(Claim, job_id)
        claim.ro_id = event.about.subject
        for line in lines.values():
            (await session.get_one(WarrantyLine, line.ro_line_id)).belong(job_id, line.kind)
    repair = await session.get_one(AuthorisedOrder, event.about.subject)
    if repair.authorise(event):
        for claim in await _claims_of(repair, session):
            claim.authorise(jobs.get(claim.id, {}))


async def _claims_of(repair: AuthorisedOrder, session: AsyncSession) -> list[Claim]:
    """All claims of the repair order with their lines as they stand now."""
    rows = await session.scalars(
        select(Claim)
        .where(Claim.ro_id == repair.id)
        .order_by(Claim.id)
        .options(selectinload(Claim.lines))
        .with_for_update(of=Claim)
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def draft_claim(event: JobCompleted, session: AsyncSession) -> None:
    """Draft the job's claim, if the maker pays for it."""
    claim = await session.get_one(Claim, event.about.subject)
    claim.complete(event)


async def note_issue(event: PartsIssued, session: AsyncSession) -> None:
    """Note that a part was handed to its job."""
    line = await session.get_one(WarrantyLine, event.about.subject)
    line.issue(event)


async def mark_delivered(event: VehicleDelivered, session: AsyncSession) -> None:
    """Note when the car was handed over."""
    repair = await session.get_one(AuthorisedOrder, event.about.subject)
    repair.deliver(event)


async def identify_vehicle(event: VehicleIdentified, session: AsyncSession) -> None:
    """Keep what the vehicle's warranty depends on."""
    vehicle = await session.get_one(Vehicle, event.about.subject)
    vehicle.identify(event)
