"""Several hearers of follow-up at once plan the same surveys as one of them alone."""

import asyncio
import random

import pytest
from sqlalchemy import select

from services.followup.domain import Survey
from services.followup.inbox import HEARS
from shared.database import Database, new_id
from shared.events import Event
from shared.inbox import apply
from tests.facts import heard
from tests.followup.words import a_contact, a_delivery, ids

pytestmark = pytest.mark.usefixtures("at_noon")
DELIVERIES = 24
HEARERS = 3


async def test_hearers_at_once_plan_one_survey_of_each_delivery(database: Database) -> None:
    """F1.  Each hearer gets every fact, in batches and in an order of its own: two words on each delivery, which two
    may hear in the same moment."""
    orders = [new_id() for _ in range(DELIVERIES)]
    first = [a_delivery(ro, version=5) for ro in orders]
    last = [a_delivery(ro, version=6, excluded=True) for ro in orders]
    facts: list[Event] = [*first, *last, *(a_contact(delivery.customer_id) for delivery in first)]
    luck = random.Random(5)

    async def hear(order: list[Event]) -> None:
        while order:
            size = luck.randint(1, 10)
            batch, order = order[:size], order[size:]
            await apply("followup", HEARS, database, [heard(fact) for fact in batch])

    await asyncio.gather(*(hear(luck.sample(facts, len(facts))) for _ in range(HEARERS)))
    async with database.hearing() as session:
        planned = await session.scalars(select(Survey).where(Survey.id.in_(ids(first))))
        assert [(survey.state, survey.delivered_version) for survey in planned] == [("void", 6)] * DELIVERIES
