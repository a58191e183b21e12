"""Courtesy phrases over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.reception.domain.phrases import STEPS, Step
from services.reception.domain.sentences import LANGUAGES, Language
from services.reception.queries import phrases as asked
from shared.fields import StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, allows

router = APIRouter(tags=["progress"])


class PhrasesView(View):
    """What is said at one step in one language, in this order."""

    step: str
    language: str
    phrases: list[str]


@router.get("/stores/{store_id}/phrases", response_model=Listing[PhrasesView])
async def read_phrases(
    store_id: StoreId,
    door: Annotated[Door, allows("reception.read")],
    step: Annotated[Step | None, Query()] = None,
    language: Annotated[Language | None, Query()] = None,
) -> Listing[PhrasesView]:
    """Chinese first."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        terms = await asked.phrases_of(store_id, session)
    steps = [step] if step else STEPS
    languages = [language] if language else LANGUAGES
    items = [
        PhrasesView(step=at, language=spoken, phrases=list(terms.at(at).told(spoken))) for spoken in languages for at in steps
    ]
    return Listing(items=items, next=None)
