"""Pictures as people and attackers send them."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F
SCRIPT = b"<script>alert(1)</script>"


def a_picture(width: int = 64, height: int = 48, *, form: str = "JPEG", **how: Any) -> bytes:
    """Left half red, right half blue."""
    picture = Image.new(how.pop("mode", "RGB"), (width, height), "red")
    picture.paste("blue", (width // 2, 0, width, height))
    written = io.BytesIO()
    picture.save(written, form, **how)
    return written.getvalue()


def a_phones_photo(width: int = 64, height: int = 48) -> bytes:
    """Taken upright (the sensor lay on its side), with place, make and a comment, and something behind its end."""
    exif = Image.Exif()
    exif[MAKE] = "canary-make"
    exif[ORIENTATION] = 6  # to be turned by 90 degrees
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (31.0, 13.0, 50.0)
    return a_picture(width, height, exif=exif, comment=b"canary-comment") + SCRIPT


def a_bomb(side: int = 20_000) -> bytes:
    """A PNG of some kilobytes that would be hundreds of megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def colours(jpeg: bytes) -> tuple[str, str]:
    """What is seen in the upper left and the lower right corner."""

    def name(pixel: Any) -> str:
        red, _, blue = pixel
        return "red" if red > blue else "blue"

    with Image.open(io.BytesIO(jpeg)) as picture:
        shown = picture.convert("RGB")
        return name(shown.getpixel((2, 2))), name(shown.getpixel((shown.width - 3, shown.height - 3)))
