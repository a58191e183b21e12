"""The ledger of hazardous waste."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.wastes import HandOverWaste
from services.workshop.domain import WasteHandover
from shared import clock
from shared.database import new_id
from shared.refusal import Invalid, Refused
from shared.settings import stores

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('waste_handovers'), hashtext(:store_id))")


async def hand_over_waste(store_id: str, command: HandOverWaste, by: str, session: AsyncSession) -> WasteHandover:
    """One more entry.  Invalid: in_the_future, nothing_handed_over, unknown_entry.  Refused: entry_corrected,
    manifest_recorded (the same kind of waste goes on one manifest once)."""
    if command.handed_over_on > clock.day_in(stores()[store_id].time_zone):
        raise Invalid("body.handed_over_on", "in_the_future", "What was handed over was so today or before.")
    if not command.quantity_milli and command.corrects is None:
        raise Invalid("body.quantity_milli", "nothing_handed_over", "Only a correction may say that nothing was handed over.")
    await session.execute(_ONE_AT_A_TIME, {"store_id": store_id})
    if command.corrects is not None:
        await _refuse_correcting(store_id, command.corrects, session)
    if await _on_the_manifest(store_id, command, session):
        raise Refused("manifest_recorded", "This waste is entered under this manifest already.")
    entry = WasteHandover(id=new_id(), store_id=store_id, recorded_by=by, recorded_at=clock.now(), **command.model_dump())
    session.add(entry)
    await session.flush()
    return entry


async def _refuse_correcting(store_id: str, entry_id: UUID, session: AsyncSession) -> None:
    known = select(WasteHandover.id).where(WasteHandover.store_id == store_id, WasteHandover.id == entry_id)
    if not await session.scalar(known):
        raise Invalid("body.corrects", "unknown_entry", "The store has no such entry.")
    if await session.scalar(select(WasteHandover.id).where(WasteHandover.corrects == entry_id)):
        raise Refused("entry_corrected", "This entry was corrected already; correct the newer one.")


async def _on_the_manifest(store_id: str, command: HandOverWaste, session: AsyncSession) -> bool:
    corrected = select(WasteHandover.corrects).where(WasteHandover.store_id == store_id, WasteHandover.corrects.is_not(None))
    same = select(WasteHandover.id).where(
        WasteHandover.store_id == store_id,
        WasteHandover.manifest_no == command.manifest_no,
        WasteHandover.waste_kind == command.waste_kind,
        WasteHandover.quantity_milli > 0,
        WasteHandover.id.not_in(corrected),
    )
    return any(found != command.corrects for found in await session.scalars(same))
