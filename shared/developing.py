"""The program that develops one photo: bytes on stdin, a JPEG without any metadata on stdout (see shared/photographs.py).

It is run as a process of its own, because picture decoders are slow and have had holes: it gets no environment, little memory
and little time, and nothing of it outlives the photo.  It imports nothing of Loop4S.
"""

import io
import json
import os
import sys
import warnings
from typing import Final

from PIL import Image, ImageOps

MOST_PIXELS: Final = 40_000_000
LONG_EDGE: Final = 2_560
QUALITY: Final = 85
FORMATS: Final = ("JPEG", "PNG", "WEBP")
MOST_MEMORY: Final = 2 * 1024**3
MOST_CPU_S: Final = 60
REFUSED: Final = 3
"""Exit code; stdout says why."""


def develop(content: bytes) -> tuple[bytes, int, int]:
    """JPEG, width and height in pixels.  ValueError: `not_an_image` or `too_many_pixels`."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:  # reads the header, decodes nothing
            picture.thumbnail((LONG_EDGE, LONG_EDGE), Image.Resampling.LANCZOS, reducing_gap=2.0)
            upright = ImageOps.exif_transpose(picture)
            clean = _on_white(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValueError("too_many_pixels") from None
    except MemoryError:
        raise
    except Exception:  # broken files make the decoders raise errors of any kind; whichever it is, the file is no picture
        raise ValueError("not_an_image") from None
    written = io.BytesIO()
    clean.save(written, "JPEG", quality=QUALITY)
    return written.getvalue(), clean.width, clean.height


def _on_white(picture: Image.Image) -> Image.Image:
    """A new picture with these pixels and nothing else of the old one."""
    clean = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        shown = picture.convert("RGBA")
        clean.paste(shown, mask=shown.getchannel("A"))
    else:
        clean.paste(picture.convert("RGB"))
    return clean


def _hold_back() -> None:
    """Limits of this process, and the last place in the queue for the processor."""
    os.nice(10)
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))


def main() -> int:
    """One line of JSON with the size, then the JPEG; or the reason, and exit code 3."""
    _hold_back()
    try:
        jpeg, width, height = develop(sys.stdin.buffer.read())
    except ValueError as reason:
        sys.stdout.write(str(reason))
        return REFUSED
    head = json.dumps({"width_px": width, "height_px": height}).encode() + b"\n"
    sys.stdout.buffer.write(head + jpeg)
    return 0


if __name__ == "__main__":
    sys.exit(main())
