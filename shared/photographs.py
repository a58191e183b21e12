"""Photos that come in from outside: developed anew, so that nothing but the picture itself is kept.

JPEG, PNG and WebP by content, at most 40 Mpx (checked before decoding), turned upright, long edge at most 2,560 px, no EXIF,
no GPS, no trailing bytes (reliability, S7).  The work is done by short-lived processes, two at a time; the service's own
process never decodes a picture and its event loop never waits for one.
"""

import asyncio
import contextlib
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.refusal import Invalid

LARGEST: Final = 10 * 1024 * 1024
"""Bytes that may come in."""
AT_ONCE: Final = 2
TIME_S: Final = 60
REFUSED: Final = 3
"""The program's exit code for what it refuses."""
PROGRAM: Final = Path(__file__).with_name("developing.py")
DETAILS: Final = {
    "not_an_image": "The file is no JPEG, PNG or WebP picture, or a broken one.",
    "too_many_pixels": "The picture has more than 40 million pixels.",
}
_places = asyncio.Semaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Photograph:
    """A developed photo: `jpeg` and its digest (hex)."""

    jpeg: bytes
    sha256: str
    width_px: int
    height_px: int


async def developed(content: bytes) -> Photograph:
    """Invalid: `not_an_image`, `too_many_pixels`.  TimeoutError when the machine is too busy."""
    async with _places, asyncio.timeout(TIME_S):
        code, said = await _run(content)
    if code != 0:
        reason = said.decode(errors="replace") if code == REFUSED else "not_an_image"  # or it killed its decoder
        raise Invalid("body", reason, DETAILS[reason])
    head, _, jpeg = said.partition(b"\n")
    return Photograph(jpeg, hashlib.sha256(jpeg).hexdigest(), **json.loads(head))


async def _run(content: bytes) -> tuple[int, bytes]:
    """Exit code and stdout; the process is gone when this returns or is broken off."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(PROGRAM), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, env={},
    )  # fmt: skip
    try:
        said, _ = await process.communicate(content)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, said
