"""What parts does: load the rows, let them decide, announce what they say.

Every transaction locks orders, then part lines, then stock levels, and each of these in the order of its keys; who says what is
offered waits for no level.  Deliveries to one store take turns, because they lock lines that were back-ordered while they
waited for a level.  A withdrawal finds its lines, and who waits for what it frees, only after the levels are locked: where that
crosses somebody else's locks, PostgreSQL ends one of the two, and the inbox hears its batch again (a request is told to come
again).
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.parts.commands import AddPart, ChangePart, ReceiveGoods
from services.parts.domain import AuthorisedOrder, GoodsReceipt, Part, PartLine, StockLevel
from shared import clock
from shared.cause import cause
from shared.database import new_id
from shared.events.reception import AuthorisedLine, WorkAuthorised
from shared.outbox import announce
from shared.refusal import Refused

OFFER_AGAIN = timedelta(seconds=1)
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('goods receipt'), hashtext(:store))")


def part_lines(event: WorkAuthorised) -> list[AuthorisedLine]:
    """The part lines of an authorised repair order, oldest first, so that they are served in one order whatever came first."""
    return sorted((line for line in event.lines if line.kind == "part"), key=lambda line: line.ro_line_id)


def line_ids(event: WorkAuthorised) -> list[UUID]:
    """Keys of the part lines that `reserve_lines` needs."""
    return [line.ro_line_id for line in part_lines(event)]


def shelf_places(event: WorkAuthorised) -> list[tuple[str, str]]:
    """Keys of the stock levels that `reserve_lines` needs."""
    return [(event.about.store_id, line.part_no) for line in part_lines(event) if line.part_no]


async def reserve_lines(event: WorkAuthorised, session: AsyncSession) -> None:
    """Reserve or back-order each part line that the newest authorisation names, and withdraw those that it leaves out."""
    order = await session.get_one(AuthorisedOrder, event.about.subject)
    superseded = order.authorise(event)
    lines = [await session.get_one(PartLine, line_id) for line_id in line_ids(event)]
    for line, authorised in zip(lines, part_lines(event), strict=True):
        line.authorise(authorised, event)
    if superseded:
        await _withdraw_left_out(order, session)
    for line in lines:
        if not line.is_named_by(order):
            line.withdraw(await _level(line, session))
        elif line.is_unallotted:
            await _allot(line, session)


async def _withdraw_left_out(order: AuthorisedOrder, session: AsyncSession) -> None:
    """Take back what an earlier authorisation named and the newest does not, then serve who waits for it."""
    held = await session.scalars(
        select(PartLine)
        .where(PartLine.ro_id == order.id, PartLine.state.in_(("reserved", "backordered")))
        .order_by(PartLine.id)
        .with_for_update()
    )
    left_out = [line for line in held if not line.is_named_by(order)]
    if not left_out:
        return
    part_nos = {line.part_no for line in left_out}
    levels = await _places(order.store_id, part_nos, session)
    for line in left_out:
        line.withdraw(levels[line.part_no])
    waiting = await _queue(order.store_id, part_nos, session)
    for level in levels.values():
        _serve(level, waiting, session)


async def _level(line: PartLine, session: AsyncSession) -> StockLevel:
    return await session.get_one(StockLevel, (line.store_id, line.part_no))


async def _allot(line: PartLine, session: AsyncSession) -> None:
    level = await _level(line, session)
    if line.fits(level):
        announce(session, line.reserve(level))
    else:
        part = await session.get(Part, line.part_no)
        announce(session, line.backorder(level, part.expected_at() if part else None))


async def add_part(store_id: str, command: AddPart, session: AsyncSession) -> Part:
    """Write a new part into the group's catalogue and give it a place in this store; where the catalogue has the same entry,
    only the place.  Refused('part_known') when it has another."""
    entry = command.model_dump()
    made = entry | {"id": new_id(), "version": 1, "offer_at": clock.now(), "cause_id": cause().id}
    await session.execute(insert(Part).values(made).on_conflict_do_nothing())
    part = await session.get_one(Part, command.part_no)
    if not part.says(entry):
        raise Refused("part_known", "The catalogue has another entry for this part.", part_no=part.part_no)
    await _places(store_id, [part.part_no], session)
    return part


async def change_part(part_no: str, command: ChangePart, session: AsyncSession) -> Part:
    """Replace a part's entry in the group's catalogue."""
    part = await session.get_one(Part, part_no)
    part.change(command.model_dump())
    return part


async def offer(level: StockLevel, session: AsyncSession) -> None:
    """Say what the store can offer, if the catalogue knows the part."""
    part = await session.get(Part, level.part_no)
    if part is None:
        level.offer_at = None
    else:
        announce(session, level.offer(part))


async def offer_everywhere(part: Part, session: AsyncSession) -> None:
    """Its entry is new or another one: every store that has a place for it says what it offers.  Nobody is waited for: where a
    place is being worked on, all say it once more in a moment."""
    places = select(StockLevel).where(StockLevel.part_no == part.part_no)
    known = await session.scalar(select(func.count()).select_from(places.subquery()))
    free = (await session.scalars(places.with_for_update(skip_locked=True))).all()
    part.offer_at = None if len(free) == known else clock.now() + OFFER_AGAIN
    for level in free:
        announce(session, level.offer(part))


async def receive_goods(
    store_id: str, command: ReceiveGoods, session: AsyncSession
) -> tuple[list[GoodsReceipt], list[PartLine]]:
    """Put the goods on the shelf and serve who waits for them; the receipts, and the lines that could be reserved.

    Refused('part_not_in_catalogue') when the catalogue does not keep one of the parts.
    """
    part_nos = sorted({line.part_no for line in command.lines})
    await _only_kept_parts_may_be_received(part_nos, session)
    await session.execute(_TURN, {"store": store_id})
    await _queue(store_id, part_nos, session)
    levels = await _places(store_id, part_nos, session)
    receipts = [
        GoodsReceipt(id=new_id(), store_id=store_id, **line.model_dump(), received_by=cause().actor, received_at=clock.now())
        for line in command.lines
    ]
    session.add_all(receipts)
    for receipt in receipts:
        levels[receipt.part_no].receive(receipt)
    # Asked again under the levels' locks: a line may have been back-ordered while we waited for them.
    waiting = await _queue(store_id, part_nos, session)
    return receipts, [line for level in levels.values() for line in _serve(level, waiting, session)]


def _serve(level: StockLevel, waiting: Iterable[PartLine], session: AsyncSession) -> list[PartLine]:
    """Reserve for the queue of one part up to the first line that does not fit: nobody is overtaken."""
    served = []
    for line in waiting:
        if line.part_no == level.part_no:
            if line.quantity_milli > level.available_milli:
                break
            announce(session, line.reserve(level))
            served.append(line)
    return served


async def issue(line_id: UUID, session: AsyncSession) -> PartLine:
    """Hand a reserved line's parts to its job."""
    line = await session.get_one(PartLine, line_id)
    line.only_reserved_parts_may_be_issued()
    levels = await _places(line.store_id, [line.part_no], session)
    announce(session, line.issue(levels[line.part_no], await session.get(Part, line.part_no)))
    return line


async def _only_kept_parts_may_be_received(part_nos: Collection[str], session: AsyncSession) -> None:
    kept = await session.scalars(select(Part.part_no).where(Part.part_no.in_(part_nos)))
    if missing := sorted(set(part_nos) - set(kept)):
        raise Refused("part_not_in_catalogue", "The catalogue does not keep this part.", part_nos=missing)


async def _places(store_id: str, part_nos: Collection[str], session: AsyncSession) -> dict[str, StockLevel]:
    """The locked stock levels of these parts by part number; empty ones are made where there was none."""
    rows = [
        {"store_id": store_id, "part_no": part_no, "id": StockLevel.id_for(store_id, part_no)} for part_no in sorted(part_nos)
    ]
    empty = {"version": 0, "offer_at": clock.now(), "on_hand_milli": 0, "reserved_milli": 0, "waiting_milli": 0, "seq": 0}
    await session.execute(insert(StockLevel).on_conflict_do_nothing(), [row | empty for row in rows])
    levels = await session.scalars(
        select(StockLevel)
        .where(StockLevel.store_id == store_id, StockLevel.part_no.in_(part_nos))
        .order_by(StockLevel.part_no)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {level.part_no: level for level in levels}


async def _queue(store_id: str, part_nos: Collection[str], session: AsyncSession) -> list[PartLine]:
    """The locked lines that wait for these parts, in the order in which they are served."""
    lines = await session.scalars(
        select(PartLine)
        .where(PartLine.store_id == store_id, PartLine.part_no.in_(part_nos), PartLine.state == "backordered")
        .order_by(PartLine.id)
        .with_for_update()
    )
    return sorted(lines, key=lambda line: (line.promised_at, line.id))
