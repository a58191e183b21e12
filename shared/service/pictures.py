"""Pictures over HTTP: how a route takes one, and how one is shown."""

from typing import Any
from uuid import UUID

from fastapi import Response

from shared.blobs import blobs
from shared.pictures import Pictured

_KINDS = ("image/jpeg", "image/png", "image/webp")
TAKES_A_PICTURE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _KINDS},
    }
}
"""`openapi_extra` of a route whose body is a picture."""
SHOWS_A_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}
"""`responses` of a route that shows one."""


async def shown(id: UUID, picture: Pictured) -> Response:
    """The picture, for saving only: no browser shows it inside a page of its own."""
    headers = {
        "Content-Disposition": f'attachment; filename="{id}.jpg"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(await blobs().get(picture.blob_key), 200, headers, "image/jpeg")
