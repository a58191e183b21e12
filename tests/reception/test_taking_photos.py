"""Photos of a car: only the picture is kept, for who may see persons, and a death at any moment loses and orphans nothing."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.command.photos import swept
from services.reception.domain import Photo
from services.reception.domain.photos import ALBUM
from shared import clock
from shared.blobs import blobs
from shared.photographs import developed
from shared.refusal import Refused
from shared.settings import settings
from tests.pictures import SCRIPT, a_bomb, a_phones_photo, a_picture, colours
from tests.reception.counter import Counter

MOST = 20


def kept() -> set[Path]:
    """Every file in the store of blobs."""
    return {path for path in Path(settings().blobs).rglob("*") if path.is_file()}


async def test_a_photo_of_the_damage_is_kept_without_what_the_phone_knows(counter: Counter) -> None:
    """R4; S7."""
    order = await counter.a_check_in()
    answer = await counter.upload(order["id"], a_phones_photo(), version=order["etag"], kind="damage", panel="left_front_door")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["kind"], told["panel"], told["taken_by"]) == ("damage", "left_front_door", "user:lin.wei")
    assert (told["width_px"], told["height_px"], answer.headers["location"]) == (48, 64, f"/photos/{told['id']}")

    picture = await counter.get(f"/photos/{told['id']}")
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["content-disposition"] == f'attachment; filename="{told["id"]}.jpg"'
    assert (picture.headers["x-content-type-options"], picture.headers["cache-control"]) == ("nosniff", "no-store")
    assert "sandbox" in picture.headers["content-security-policy"]
    assert (hashlib.sha256(picture.content).hexdigest(), len(picture.content)) == (told["sha256"], told["size_bytes"])
    assert colours(picture.content) == ("red", "blue")
    assert [trace for trace in (b"canary", b"Exif", SCRIPT) if trace in picture.content] == []
    assert (await counter.get(f"/repair-orders/{order['id']}/photos", "dispatcher")).json()["items"] == [told]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_an_image"), (b"<svg/>", "not_an_image"), (b"<html></html>", "not_an_image"), (b"{}", "not_an_image"),
        (a_picture(form="GIF"), "not_an_image"), (a_picture(640, 480)[:900], "not_an_image"), (a_bomb(), "too_many_pixels"),
    ],
    ids=["nothing", "svg", "html", "json", "gif", "truncated", "bomb"],
)  # fmt: skip
async def test_what_is_no_photo_is_refused_and_leaves_nothing(counter: Counter, content: bytes, code: str) -> None:
    order, before = await counter.a_check_in(), kept()
    answer = await counter.upload(order["id"], content, version=order["etag"])
    assert (answer.status_code, answer.json()["code"], answer.json()["errors"][0]["loc"]) == (422, code, ["body"])
    assert kept() == before
    assert (await counter.get(f"/repair-orders/{order['id']}/photos")).json()["items"] == []


async def test_a_file_above_ten_mebibytes_does_not_come_in(counter: Counter) -> None:
    order = await counter.a_check_in()
    answer = await counter.upload(order["id"], bytes(10 * 1024 * 1024 + 1), version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_photo_shows_people_and_is_for_who_works_with_them_in_this_store(counter: Counter) -> None:
    """K10: foreign looks unknown."""
    order = await counter.a_check_in()
    photo = await counter.a_photo(order)
    assert (await counter.get(f"/photos/{photo['id']}", "cashier")).status_code == 200
    assert (await counter.get(f"/photos/{photo['id']}", "dispatcher")).status_code == 403
    foreign = await counter.get(f"/photos/{photo['id']}", store="sh02")
    unknown = await counter.get(f"/photos/{uuid4()}", store="sh02")
    assert (foreign.status_code, foreign.json() | {"instance": ""}) == (404, unknown.json() | {"instance": ""})
    before = kept()
    answer = await counter.upload(order["id"], a_picture(), version=order["etag"], store="sh02")
    assert (answer.status_code, kept()) == (404, before)


async def test_twenty_photos_are_enough_whoever_sends_them_at_once(counter: Counter) -> None:
    """S7.  Several are on their way with the same version of the order."""
    order, before = await counter.a_check_in(), len(kept())
    answers = await asyncio.gather(
        *(counter.upload(order["id"], a_picture(40 + n, 30), version=order["etag"]) for n in range(6))
    )
    for n in range(6, MOST + 2):
        answers.append(await counter.upload(order["id"], a_picture(40 + n, 30), version=order["etag"]))
    assert sorted(answer.status_code for answer in answers) == [201] * MOST + [409] * 2
    assert answers[-1].json()["code"] == "too_many_photos"
    assert answers[-1].json()["parameters"] == {"most": MOST}
    assert len((await counter.get(f"/repair-orders/{order['id']}/photos")).json()["items"]) == MOST
    assert len(kept()) == before + MOST


async def test_a_repeated_upload_is_one_photo(counter: Counter) -> None:
    """Also of the last one that the order may have."""
    order, before, key = await counter.a_check_in(), len(kept()), str(uuid4())
    first = await counter.upload(order["id"], a_picture(), version=order["etag"], key=key)
    again = await counter.upload(order["id"], a_picture(), version=order["etag"], key=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = await counter.upload(order["id"], a_picture(90, 90), version=order["etag"], key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(kept()) == before + 1


async def test_who_has_not_seen_the_order_as_it_is_sends_no_photo(counter: Counter) -> None:
    order, before = await counter.a_check_in(), kept()
    assert (await counter.upload(order["id"], a_picture(), version=0)).status_code == 412
    assert kept() == before


async def test_nobody_takes_photos_of_a_car_that_has_left(counter: Counter) -> None:
    order = await counter.delivered(await counter.a_finished_order())
    answer = await counter.upload(order["id"], a_picture(), version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "already_delivered")


async def test_a_picture_whose_process_died_before_its_row_is_swept_and_no_other(counter: Counter) -> None:
    """The blob is written first: a row never points to nothing."""
    order = await counter.a_check_in()
    photo, before = await counter.a_photo(order), kept()
    picture = await developed(a_picture())
    with pytest.raises(KeyboardInterrupt):
        async with ALBUM.stored(picture, Refused):
            raise KeyboardInterrupt  # as a death: nobody knows whether the row was committed
    assert len(kept()) == len(before) + 1

    today, now = clock.now().date(), clock.now()
    async with counter.database.hearing.begin() as session:
        assert await ALBUM.sweep(today, now - timedelta(days=1), session) == 0, "what is on its way stays"
        assert await ALBUM.sweep(today, now + timedelta(minutes=5), session) == 1
        assert await ALBUM.sweep(today, now + timedelta(minutes=5), session) == 0
        key = (await session.get_one(Photo, photo["id"])).blob_key
    assert await blobs().get(key)
    assert (await counter.get(f"/photos/{photo['id']}")).status_code == 200
    assert kept() == before


async def test_an_operator_sweeps_what_is_older_than_a_day(counter: Counter) -> None:
    """`loop4s photos sweep`."""
    order = await counter.a_check_in()
    await counter.a_photo(order)
    async with ALBUM.stored(await developed(a_picture()), Refused) as key:
        before = kept()
        assert await swept("reception", settings(), 7) == 0
        assert kept() == before
        with clock.stopped(clock.now() + timedelta(days=1, minutes=5)):
            assert await swept("reception", settings(), 7) == 1
        assert before - kept() == {Path(settings().blobs) / key}


async def test_keys_tell_nothing(counter: Counter) -> None:
    """Neither order nor store nor file name."""
    order = await counter.a_check_in()
    photo = await counter.a_photo(order)
    async with counter.database.hearing.begin() as session:
        key = (await session.get_one(Photo, photo["id"])).blob_key
    folder, day, name = key.split("/")
    assert (folder, day, len(name)) == ("photos", clock.now().date().isoformat(), 32 + len(".jpg"))
    assert not {order["id"], photo["id"], "sh01"} & {name.removesuffix(".jpg"), day}


async def test_a_photo_whose_file_is_lost_is_our_defect_not_the_caller_s(counter: Counter) -> None:
    order = await counter.a_check_in()
    photo = await counter.a_photo(order)
    async with counter.database.hearing.begin() as session:
        key = (await session.get_one(Photo, photo["id"])).blob_key
    await blobs().delete(key)
    answer = await counter.get(f"/photos/{photo['id']}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
