"""Writing bulletins, and telling whether they helped."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.bulletins import ImportBulletins, UseBulletin
from services.workshop.domain import Bulletin, BulletinUse, Job
from shared.policies import ALL
from shared.refusal import Invalid, Refused

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('bulletins'), hashtext(:store_id))")
TEXTS = ("title_zh", "title_en", "text_zh", "text_en", "source", "safety", "special_tools")


async def import_bulletins(store_id: str, command: ImportBulletins, session: AsyncSession) -> list[Bulletin]:
    """All of them, for a store or ('all') the group; those that are new or say something else than before.  Invalid:
    number_repeated, meant_for_nothing, range_wrong."""
    seen: set[str] = set()
    for position, each in enumerate(command.bulletins):
        if each.number in seen:
            raise Invalid(f"body.bulletins.{position}.number", "number_repeated", "Each bulletin comes once.")
        seen.add(each.number)
        if not (each.models or each.op_codes or each.concern_codes):
            raise Invalid(f"body.bulletins.{position}", "meant_for_nothing", "Name models, operations or symptoms.")
        if each.valid_until_on is not None and each.valid_until_on < each.valid_from_on:
            raise Invalid(f"body.bulletins.{position}.valid_until_on", "range_wrong", "It ends after its first day.")
    await session.execute(_ONE_AT_A_TIME, {"store_id": store_id})
    numbers = [each.number for each in command.bulletins]
    rows = await session.scalars(select(Bulletin).where(Bulletin.store_id == store_id, Bulletin.number.in_(numbers)))
    known, editions, written = {row.number: row for row in rows}, [], []
    for each in command.bulletins:
        told = each.model_dump(mode="json")
        bulletin = known.get(each.number) or Bulletin(store_id=store_id, number=each.number, version=0)
        said = {
            "content": {name: told[name] for name in TEXTS},
            "models": told["models"],
            "op_codes": told["op_codes"],
            "concern_codes": told["concern_codes"],
            "valid_from_on": each.valid_from_on,
            "valid_until_on": each.valid_until_on,
        }
        if edition := bulletin.write(said):
            session.add(bulletin)
            editions.append(edition)
            written.append(bulletin)
    await session.flush()
    session.add_all(editions)
    await session.flush()
    return written


async def use_bulletin(job_id: UUID, command: UseBulletin, user: str, session: AsyncSession) -> Bulletin:
    """The technician worked by it.  Invalid: unknown_bulletin.  Refused: used_already."""
    job = await session.get_one(Job, job_id)
    own_first = (Bulletin.store_id == job.store_id).desc()
    bulletin = await session.scalar(
        select(Bulletin)
        .where(Bulletin.number == command.number, Bulletin.store_id.in_((job.store_id, ALL)))
        .order_by(own_first)
        .limit(1)
    )
    if bulletin is None:
        raise Invalid("body.number", "unknown_bulletin", "There is no such bulletin.")
    used = select(BulletinUse.id).where(BulletinUse.bulletin_id == bulletin.id, BulletinUse.job_id == job.id)
    if await session.scalar(used):
        raise Refused("used_already", "It was told already whether this bulletin helped on this job.")
    session.add(BulletinUse.of(bulletin, job, user, helped=command.helped, remark=command.remark))
    await session.flush()
    return bulletin
