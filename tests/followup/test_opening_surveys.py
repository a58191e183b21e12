"""A survey falls due exactly once, whatever is repeated, runs twice or moves the clock."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from services.followup.domain import Survey, SurveyPolicy
from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from tests.databases import migrated_database
from tests.followup.words import NOON, a_delivery, all_due_work_done, ids, told
from tests.stack import Stack


async def times_said(database: Database, surveys: Sequence[UUID]) -> dict[UUID, int]:
    """How often it was said of each survey that it is due."""
    async with database.hearing() as session:
        rows = await session.execute(
            text(
                "SELECT subject, count(*) FROM outbox WHERE type = 'followup.survey_due.v1' AND subject = ANY(:ids) GROUP BY 1"
            ),
            {"ids": list(surveys)},
        )
        return {row[0]: row[1] for row in rows}


async def test_every_survey_opens_once_whatever_runs_twice_and_wherever_the_clock_jumps(
    stack: Stack, database: Database
) -> None:
    """F1, promise 7: two processes, each delivery heard five times, six jumps of the clock."""
    deliveries = [a_delivery(at=NOON + timedelta(minutes=n)) for n in range(60)]
    surveys = ids(deliveries)
    jumps = [timedelta(hours=hours) for hours in (47, 48.5, 46, 49, -2, 200)]
    async with migrated_database("followup", stack) as other:
        for round, jump in enumerate(jumps):
            with clock.stopped(NOON + jump):
                heard_again = deliveries if round < 5 else []
                await asyncio.gather(
                    told(database, *heard_again),
                    told(other, *heard_again),
                    all_due_work_done(database),
                    all_due_work_done(other),
                )
                await all_due_work_done(database)
                opened = await times_said(database, surveys)
                if round == 0:
                    assert opened == {}, "nothing opens early"
                if round == 1:
                    assert set(opened) == set(surveys[:31]), "the first half hour has come"
    assert await times_said(database, surveys) == dict.fromkeys(surveys, 1)


async def test_a_survey_opens_in_the_minute_that_its_store_agreed_even_where_the_clocks_change(database: Database) -> None:
    """F1: New York changes its clocks between delivery and survey; the fact carries the store's own day."""
    delivery = a_delivery(store_id="ny01", at=NOON.replace(month=3, day=8, hour=4, minute=30))
    (survey,) = ids([delivery])
    await told(database, delivery)
    opens_at = delivery.delivered_at + timedelta(hours=48)
    with clock.stopped(opens_at - timedelta(seconds=1)):
        await all_due_work_done(database)
        assert await times_said(database, [survey]) == {}
    with clock.stopped(opens_at):
        await all_due_work_done(database)
        assert await times_said(database, [survey]) == {survey: 1}
    async with database.hearing() as session:
        day = await session.scalar(text("SELECT headers ->> 'business_date' FROM outbox WHERE subject = :id"), {"id": survey})
    assert day == "2026-03-10", "04:30 UTC is half past midnight in New York's summer, it would be the 9th in its winter"


async def test_the_stores_own_policy_goes_before_the_groups_and_counts_from_its_day(database: Database) -> None:
    """Defaults are policy: changed per store without a release, and never backwards."""
    terms = (("all", 1, 0, 10), ("hz01", 1, 0, 20), ("hz01", 2, 30, 30))
    async with database.hearing.begin() as session:
        with bound(Cause(new_id(), "user:manager", ("*",))):
            session.add_all(
                SurveyPolicy(
                    store_id=store,
                    name="survey",
                    version=version,
                    valid_from=NOON.replace(year=2030) + timedelta(days=day),
                    value={"opens_after_s": hours * 3600},
                )
                for store, version, day, hours in terms
            )
    at = NOON.replace(year=2030) + timedelta(days=1)
    deliveries = [a_delivery(store_id=store, at=at) for store in ("sh01", "hz01")]
    await told(database, *deliveries)
    async with database.hearing() as session:
        opens = [(await session.get_one(Survey, id)).opens_at - at for id in ids(deliveries)]
    assert opens == [timedelta(hours=10), timedelta(hours=20)]
