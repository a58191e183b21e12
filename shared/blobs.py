"""Blobs: files that rows point to (photos), in a local folder or in an S3-compatible store, as `LOOP4S_BLOBS` says.

A blob is written before the row that names it and never changed, so that a row never points to nothing; a blob without a row
is harmless and swept later.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from shared.settings import Settings, settings


class BlobMissing(Exception):
    """Nothing lies under this key."""


class BlobsAway(ConnectionError):
    """The store of blobs does not answer or refuses us: nothing is wrong with the request."""


@dataclass(frozen=True, slots=True)
class Blob:
    """What a listing tells of one blob."""

    key: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Blobs:
    """One store of blobs.  Keys are slash-separated names.  BlobsAway when it cannot be reached."""

    store: ObjectStore
    folder: Path | None
    """None: not on this machine."""

    @classmethod
    def at(cls, conf: Settings) -> "Blobs":
        """The store that the settings name; MissingSetting where an S3 store's secrets `blobs_key_id`, `blobs_key` are not."""
        address = urlsplit(conf.blobs)
        if address.scheme != "s3":
            folder = Path(conf.blobs)
            with _answering():
                return cls(LocalStore(folder, mkdir=True), folder)
        store = S3Store(
            address.netloc,
            prefix=address.path.strip("/") or None,
            endpoint=conf.blobs_endpoint or None,
            region=conf.blobs_region,
            access_key_id=conf.secret("blobs", "key_id"),
            secret_access_key=conf.secret("blobs", "key"),
            client_options={
                "allow_http": conf.blobs_endpoint.startswith("http://"),
                "connect_timeout": "3s",
                "timeout": "10s",
            },
            retry_config={"max_retries": 2},
        )
        return cls(store, None)

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Keep the content; it is on the disk, or acknowledged by the store, when this returns."""
        with _answering():
            await obstore.put_async(
                self.store, key, content, attributes=None if self.folder else {"Content-Type": content_type}
            )
        if self.folder:
            await asyncio.to_thread(_settle, self.folder, self.folder / key)

    async def get(self, key: str) -> bytes:
        """The content; BlobMissing."""
        with _answering():
            found = await obstore.get_async(self.store, key)
            return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        """Forget the blob; one that is not there is forgotten already."""
        try:
            with _answering():
                await obstore.delete_async(self.store, key)
        except BlobMissing:
            return

    async def under(self, prefix: str) -> AsyncIterator[Blob]:
        """The blobs whose keys begin with these names."""
        with _answering():
            async for some in obstore.list(self.store, prefix):
                for found in some:
                    yield Blob(found["path"], found["last_modified"])


def blobs() -> Blobs:
    """The store of this process's settings."""
    return _opened(settings())


@cache
def _opened(conf: Settings) -> Blobs:
    return Blobs.at(conf)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as missing:
        raise BlobMissing from missing
    except (BaseError, OSError) as away:
        raise BlobsAway(type(away).__name__) from away


def _settle(root: Path, file: Path) -> None:
    """Have the file, and the names that lead to it, survive a loss of power."""
    for path in (file, *(folder for folder in file.parents if folder.is_relative_to(root))):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
