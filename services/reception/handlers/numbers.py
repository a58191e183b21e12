"""Giving numbers that people read."""

from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import NumberSeries


async def next_number(store_id: str, series: str, day: date, session: AsyncSession) -> int:
    """The store's next number of this day, from 1.  Others wait for it until this transaction ends; when it rolls back, they
    get the same one."""
    counted = insert(NumberSeries).values(store_id=store_id, series=series, day=day, last=1)
    counted = counted.on_conflict_do_update(
        index_elements=[NumberSeries.store_id, NumberSeries.series, NumberSeries.day], set_={"last": NumberSeries.last + 1}
    )
    return (await session.execute(counted.returning(NumberSeries.last))).scalar_one()
