"""Style sheets, scripts and pictures."""

from fastapi import APIRouter, Response

from services.console.rendering import static_files
from shared.refusal import Unknown
from shared.service import public

router = APIRouter(dependencies=[public("style sheets, scripts and pictures are the same for everybody")])
FOREVER = "public, max-age=31536000, immutable"


@router.get("/static/{name}")
async def static_file(name: str) -> Response:
    """The name holds a hash of the content, so that it may be kept for good."""
    found = static_files().get(name)
    if found is None:
        raise Unknown("file")
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": FOREVER})
