"""Keeping photos."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.fields import Panel
from services.reception.commands.photos import PhotoKind
from services.reception.domain import Photo, RepairOrder, WalkAroundTerms
from shared.photographs import Photograph
from shared.pictures import taken
from shared.policies import terms_in_force


async def keep_photo(
    ro_id: UUID, kind: PhotoKind, panel: Panel | None, picture: Photograph, key: str, session: AsyncSession
) -> Photo:
    """Write down what the picture under this key shows."""
    order = await session.get_one(RepairOrder, ro_id)
    terms = await terms_in_force(WalkAroundTerms, order.store_id, session)
    known = (await session.scalars(select(func.count()).where(Photo.ro_id == ro_id))).one()
    order.refuse_photos_beyond(known, terms.most_photos)
    photo = Photo(ro_id=order.id, store_id=order.store_id, kind=kind, panel=panel, **taken(picture, key))
    session.add(photo)
    await session.flush()
    return photo
