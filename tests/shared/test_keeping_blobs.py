"""Photos lie in a folder or in an S3-compatible store; both behave alike."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import obstore
import pytest

from shared.blobs import BlobMissing, Blobs, BlobsAway
from shared.settings import MissingSetting, Settings

BUCKET, KEY_ID, KEY = "loop4s-photos", "test-key-id", "test-key"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A real server of its own process that speaks S3; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOP4S_SECRET_BLOBS_KEY_ID", KEY_ID)
    monkeypatch.setenv("LOOP4S_SECRET_BLOBS_KEY", KEY)


async def a_bucket(address: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                await client.put(f"{address}/{BUCKET}")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


@pytest.fixture(params=["folder", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, keys: None) -> AsyncIterator[Blobs]:
    if request.param == "folder":
        yield Blobs.at(Settings(blobs=str(tmp_path / "not" / "there" / "yet")))
        return
    address: str = request.getfixturevalue("s3")
    await a_bucket(address)
    yield Blobs.at(Settings(blobs=f"s3://{BUCKET}/one/group", blobs_endpoint=address))


async def test_what_was_put_is_got_and_after_deleting_it_is_missing(store: Blobs) -> None:
    await store.put("photos/2026-11-21/a.jpg", b"\x00\xff", "image/jpeg")
    assert await store.get("photos/2026-11-21/a.jpg") == b"\x00\xff"
    await store.delete("photos/2026-11-21/a.jpg")
    with pytest.raises(BlobMissing):
        await store.get("photos/2026-11-21/a.jpg")
    await store.delete("photos/2026-11-21/a.jpg")


async def test_a_listing_names_what_lies_under_these_names_only(store: Blobs) -> None:
    for key in ("photos/2026-11-22/b.jpg", "photos/2026-11-22/c.jpg", "photos/2026-11-223/d.jpg", "others/e.jpg"):
        await store.put(key, b"x", "image/jpeg")
    found = [blob async for blob in store.under("photos/2026-11-22")]
    assert sorted(blob.key for blob in found) == ["photos/2026-11-22/b.jpg", "photos/2026-11-22/c.jpg"]
    assert all(abs(datetime.now(UTC) - blob.written_at) < timedelta(minutes=5) for blob in found)
    assert [blob async for blob in store.under("photos/2026-11-23")] == []


async def test_a_bucket_hears_what_kind_of_file_it_keeps_and_under_which_prefix(s3: str, keys: None) -> None:
    await a_bucket(s3)
    store = Blobs.at(Settings(blobs=f"s3://{BUCKET}/one/group/", blobs_endpoint=s3))
    await store.put("photos/f.jpg", b"x", "image/jpeg")
    whole = Blobs.at(Settings(blobs=f"s3://{BUCKET}", blobs_endpoint=s3))
    found = await obstore.get_async(whole.store, "one/group/photos/f.jpg")
    assert (found.attributes["Content-Type"], bytes(await found.bytes_async())) == ("image/jpeg", b"x")


async def test_a_bucket_without_its_keys_names_what_is_missing() -> None:
    with pytest.raises(MissingSetting, match="blobs_key_id"):
        Blobs.at(Settings(blobs=f"s3://{BUCKET}"))


async def test_a_store_that_does_not_answer_is_away(keys: None, tmp_path: Path) -> None:
    """As a lost connection: the same request may succeed later."""
    gone = Blobs.at(Settings(blobs=f"s3://{BUCKET}", blobs_endpoint="http://127.0.0.1:1"))
    with pytest.raises(BlobsAway):
        await gone.put("photos/a.jpg", b"x", "image/jpeg")
    with pytest.raises(BlobsAway):
        await gone.get("photos/a.jpg")
    (tmp_path / "file").touch()
    with pytest.raises(BlobsAway):
        Blobs.at(Settings(blobs=str(tmp_path / "file" / "folder")))


async def test_nobody_leaves_the_folder(tmp_path: Path) -> None:
    store = Blobs.at(Settings(blobs=str(tmp_path / "blobs")))
    with pytest.raises(ValueError, match="path"):
        await store.put("../outside.jpg", b"x", "image/jpeg")
    assert os.listdir(tmp_path) == ["blobs"]
