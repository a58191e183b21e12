"""Of a photo that comes in only the picture itself is kept, and no picture can hurt the service (reliability, S7)."""

import asyncio
import io
import subprocess
import sys

import psutil
import pytest
from PIL import Image

from shared import photographs
from shared.photographs import AT_ONCE, PROGRAM, developed
from shared.refusal import Invalid
from tests.pictures import GPS, SCRIPT, a_bomb, a_phones_photo, a_picture, colours

NO_IMAGES = {
    "nothing": b"",
    "text": b"not a picture at all",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
    "html": b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>",
    "gif": a_picture(form="GIF"),
    "bmp": a_picture(form="BMP"),
    "tiff": a_picture(form="TIFF"),
    "pdf": a_picture(form="PDF"),
    "half a JPEG": a_picture(640, 480)[:2_000],
    "half a PNG": a_picture(640, 480, form="PNG")[:-200],
    "a JPEG's first bytes": b"\xff\xd8\xff\xe0" + bytes(500),
    "a postscript that looks like a picture": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
}


async def test_place_maker_comment_and_what_is_hidden_behind_the_end_are_gone() -> None:
    sent = a_phones_photo()
    assert all(trace in sent for trace in (b"canary-make", b"canary-comment", SCRIPT))
    with Image.open(io.BytesIO(sent)) as before:
        assert before.getexif().get_ifd(GPS)
    photo = await developed(sent)
    for trace in (b"canary", b"<script", b"Exif", b"ICC_PROFILE", b"http"):
        assert trace not in photo.jpeg
    with Image.open(io.BytesIO(photo.jpeg)) as kept:
        assert (kept.format, len(kept.getexif()), kept.info.keys() & {"exif", "comment", "icc_profile", "xmp"}) == (
            "JPEG", 0, set(),
        )  # fmt: skip


async def test_a_photo_taken_upright_stands_upright() -> None:
    photo = await developed(a_phones_photo(64, 48))
    assert (photo.width_px, photo.height_px) == (48, 64)
    assert colours(photo.jpeg) == ("red", "blue")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_the_three_kinds_of_picture_come_in(form: str) -> None:
    photo = await developed(a_picture(form=form))
    assert (photo.width_px, photo.height_px, colours(photo.jpeg)) == (64, 48, ("red", "blue"))


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "CMYK", "1"])
async def test_pictures_of_every_mode_become_plain_ones(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    written = io.BytesIO()
    Image.new("RGB", (64, 48), "red").convert(mode).save(written, form)
    with Image.open(io.BytesIO((await developed(written.getvalue())).jpeg)) as kept:
        assert (kept.mode, kept.size) == ("RGB", (64, 48))


@pytest.mark.parametrize(("size", "kept"), [((5_000, 2_500), (2_560, 1_280)), ((2_500, 5_000), (1_280, 2_560))])
async def test_a_large_photo_is_made_smaller(size: tuple[int, int], kept: tuple[int, int]) -> None:
    photo = await developed(a_picture(*size))
    assert (photo.width_px, photo.height_px) == kept


@pytest.mark.parametrize("name", NO_IMAGES)
async def test_what_is_no_picture_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        await developed(NO_IMAGES[name])
    assert refused.value.code == "not_an_image"


async def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    """400 megapixels in some 50 kB: decoding it would take the program's whole memory and seconds of the processor."""
    bomb = a_bomb()
    assert len(bomb) < 60_000
    before = children_seconds()
    with pytest.raises(Invalid) as refused:
        await developed(bomb)
    assert refused.value.code == "too_many_pixels"
    assert children_seconds() - before < 1


def children_seconds() -> float:
    used = psutil.Process().cpu_times()
    return float(used.children_user + used.children_system)


async def test_just_too_many_pixels_are_too_many() -> None:
    with pytest.raises(Invalid, match="too_many_pixels"):
        await developed(a_bomb(6_400))
    assert (await developed(a_bomb(6_320))).width_px == 2_560


def test_the_service_itself_cannot_decode_a_picture() -> None:
    """Its process never imports a decoder, so that its event loop can never wait for one."""
    asked = "import sys, services.reception.app; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


async def test_two_are_developed_at_a_time_and_the_loop_goes_on() -> None:
    photo, turns, most = a_picture(3_000, 2_000), 0, 0
    waiting = asyncio.gather(*(developed(photo) for _ in range(6)))
    while not waiting.done():
        await asyncio.sleep(0.005)
        turns += 1
        most = max(most, len(programs()))
    assert [one.width_px for one in await waiting] == [2_560] * 6
    assert most == AT_ONCE
    assert turns > 6
    assert programs() == []


def programs() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        try:
            if str(PROGRAM) in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


async def test_a_program_that_is_broken_off_leaves_nothing_behind() -> None:
    task = asyncio.create_task(developed(a_picture(6_000, 6_000)))
    while not programs():
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert programs() == []
    assert photographs._places._value == AT_ONCE


async def test_the_program_is_told_nothing_of_us() -> None:
    """A decoder that was taken over finds no password in its environment."""
    task = asyncio.create_task(developed(a_picture(6_000, 6_000)))
    while not (found := programs()):
        await asyncio.sleep(0.001)
    assert set(found[0].environ()) <= {"LC_CTYPE"}
    await task
