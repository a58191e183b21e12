"""Several hearers of claims at once come to the same claims as one of them alone, and none stands in another's way."""

import asyncio
import random
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.claims.domain import Claim, WarrantyLine
from services.claims.inbox import HEARS
from shared.database import Database, new_id
from shared.events import Event
from shared.inbox import apply
from tests.claims.words import Repair, a_labour_line, a_part_line, told
from tests.facts import heard

REPAIRS = 16
HEARERS = 3
LARGEST_BATCH = 12


@dataclass(frozen=True)
class Story:
    """A repair with two warranty jobs, of which the newest authorisation leaves the maker one, which a part was added to."""

    repair: Repair = field(default_factory=Repair)
    dropped: UUID = field(default_factory=new_id)
    added: UUID = field(default_factory=new_id)

    @property
    def facts(self) -> list[Event]:
        repair, dropped_part = self.repair, new_id()
        labour, part = repair.lines
        dropped = a_labour_line(id=self.dropped), a_part_line(self.dropped, id=dropped_part)
        added = a_part_line(repair.job_id, amount_fen=1_000, id=self.added)
        return [
            repair.identified(),
            repair.authorised(labour, part, *dropped, version=2),
            repair.authorised(labour, part, added, version=3),
            repair.issued(),
            repair.issued(part_id=self.added),
            repair.issued(part_id=dropped_part, job_id=self.dropped),
            repair.completed(),
            repair.completed(job_id=self.dropped),
            repair.delivered(),
        ]


async def test_hearers_at_once_draft_every_claim_whole_and_never_lock_each_other_out(database: Database) -> None:
    """C1.  Each hearer gets every fact, in batches and in an order of its own; a deadlock would end its batch."""
    stories = [Story() for _ in range(REPAIRS)]
    facts = [fact for story in stories for fact in story.facts]
    luck = random.Random(11)

    async def hear(order: list[Event]) -> None:
        while order:
            size = luck.randint(1, LARGEST_BATCH)
            batch, order = order[:size], order[size:]
            await apply("claims", HEARS, database, [heard(fact) for fact in batch])

    await asyncio.gather(*(hear(luck.sample(facts, len(facts))) for _ in range(HEARERS)))
    async with database.hearing() as session:
        for story in stories:
            claim = await session.get_one(Claim, story.repair.job_id, options=[selectinload(Claim.lines)])
            assert (claim.state, claim.claimed_fen, len(claim.claimed_lines)) == ("draft", 113_000, 3)
            assert all(line.issued_at for line in claim.claimed_lines if line.kind == "part")
            dropped = await session.scalars(select(Claim.state).where(Claim.id == story.dropped))
            assert dropped.all() == ["expected"]


async def test_a_clerk_and_a_hearer_wait_for_each_other_in_one_order(database: Database) -> None:
    """While a clerk works on a claim and its lines, a batch comes that takes it from the maker: it waits and holds no line."""
    repair = Repair()
    await told(database, repair.authorised(version=2))
    others = a_labour_line()
    batch = [heard(repair.issued()), heard(repair.authorised(others, version=3))]
    async with database.hearing.begin() as clerk:
        await clerk.execute(select(Claim.id).where(Claim.id == repair.job_id).with_for_update())
        hearing = asyncio.create_task(apply("claims", HEARS, database, batch))
        await _somebody_waits(clerk)
        await clerk.execute(update(WarrantyLine).where(WarrantyLine.id == repair.part_id).values(reason_code="HOURS"))
    await hearing
    async with database.hearing() as session:
        claim = await session.get_one(Claim, repair.job_id, options=[selectinload(Claim.lines)])
        assert (claim.claimed_fen, [line.id for line in claim.lines if line.issued_at]) == (0, [repair.part_id])


async def _somebody_waits(holder: AsyncSession) -> None:
    """Until another transaction waits for this one (10 s at most)."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
    async with asyncio.timeout(10):
        while not await holder.scalar(waiting):
            await asyncio.sleep(0.01)
