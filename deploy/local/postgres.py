"""A private PostgreSQL server."""

import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from deploy.local.folders import open_to_all, unprivileged_account
from deploy.local.ports import HOST, ports_of
from deploy.local.postgres_programs import copied_programs, postgres_programs
from deploy.local.processes import Child, FolderLock, ServerFailed, say_on_stderr

_THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_STILL_ENDING = "pre-existing shared memory block"


class PrivatePostgres:
    """A PostgreSQL server in a folder of its own: `async with PrivatePostgres(folder) as postgres`, or start and stop by hand.

    Keeps its port and its administrator's password over restarts.  `durable=False` is for data that is thrown away: what
    was committed can be lost when it is killed.
    """

    host = HOST
    admin = "postgres"

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        max_connections: int = 200,
        password: str | None = None,
        find_programs: Callable[[], Path] = postgres_programs,
        say: Callable[[str], None] = say_on_stderr,
    ) -> None:
        self.folder, self._durable, self._say = folder.absolute(), durable, say
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._lock = FolderLock(self.folder)
        self._server: Child | None = None
        self._account = unprivileged_account()
        self._max_connections = max_connections
        self._find = find_programs
        self._chosen_password = password
        self._port = 0
        self._password = ""

    @property
    def port(self) -> int:
        """Known once started."""
        return self._port

    @property
    def password(self) -> str:
        """The administrator's."""
        return self._password

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._server.pid if self._server and self._server.running else None

    def url(self, database: str = "postgres") -> str:
        """`postgresql://…` as administrator."""
        return f"postgresql://{self.admin}:{quote(self.password, safe='')}@{self.host}:{self.port}/{database}"

    async def start(self) -> None:
        """Start and wait until it answers; on a folder that was used before, with the same data."""
        if self.pid:
            return
        self._lock.take()
        try:
            self._port = self._port or ports_of(self.folder, "postgres")["postgres"]
            self._password = self._kept_password()
            if self._account and not open_to_all(self.folder):
                raise ServerFailed(f"{self.folder} cannot be reached by {self._account}, which PostgreSQL runs as under root")
            programs = self._programs()
            if not self._data.exists():
                self._say("PostgreSQL: making a new data folder")
                await self._initialise(programs)
            await self._serve(programs)
        except BaseException:
            await self.stop()
            raise
        self._say(f"PostgreSQL: ready on {self.host}:{self.port}")

    async def stop(self) -> None:
        """End it in order (open transactions are rolled back)."""
        if self._server:
            await self._server.stop(grace=20)
            self._server = None
        self._lock.release()

    async def kill(self) -> None:
        """SIGKILL it with all its backends; `start()` brings it back on the same port and data."""
        if self._server:
            await self._server.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        await self.stop()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _kept_password(self) -> str:
        file = self.folder / "admin_password"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(self._chosen_password or secrets.token_urlsafe(18))
        return file.read_text()

    def _programs(self) -> Path:
        programs = self._find()
        if self._account and not open_to_all(programs):
            return copied_programs(programs, self.folder / "programs")
        return programs

    async def _initialise(self, programs: Path) -> None:
        # A first initialisation that was interrupted leaves a folder that looks initialised: rename it when it is whole.
        unfinished, password = self.folder / "data.new", self.folder / "password.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password.touch(mode=0o600)
        password.write_text(self.password)
        if self._account:
            for path in (unfinished, password):
                shutil.chown(path, self._account)
        initdb = Child(
            [
                *(str(programs / "initdb"), "-D", str(unfinished), "-U", self.admin, "-A", "scram-sha-256"),
                *(f"--pwfile={password}", "-E", "UTF8", f"--locale={'C.UTF-8' if sys.platform == 'linux' else 'C'}"),
                *(() if self._durable else ("--no-sync",)),
            ],
            environment=self._environment,
            log=self.folder / "initdb.log",
            ends_by=signal.SIGKILL,
            account=self._account,
        )
        try:
            await initdb.succeeded(120, "initdb")
        finally:
            password.unlink()
        unfinished.rename(self._data)

    async def _serve(self, programs: Path) -> None:
        end = time.monotonic() + 30
        settings = [
            *("listen_addresses=127.0.0.1", f"port={self.port}", "unix_socket_directories="),
            *(f"max_connections={self._max_connections}", "timezone=UTC", "log_timezone=UTC"),
            *(() if self._durable else _THROWAWAY),
        ]
        arguments = [str(programs / "postgres"), "-D", str(self._data), *(part for one in settings for part in ("-c", one))]
        while True:
            self._server = server = Child(
                arguments,
                environment=self._environment,
                log=self.folder / "server.log",
                ends_by=signal.SIGINT,
                account=self._account,
            )
            try:
                return await server.ready(partial(self._ready, server), 60, "PostgreSQL")
            except ServerFailed:
                # Backends of a killed server end a moment after it; until then a new one is refused.
                if _STILL_ENDING not in server.said() or time.monotonic() > end:
                    raise

    def _ready(self, server: Child) -> bool:
        with suppress(OSError, IndexError):
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            return lines[0] == str(server.pid) and lines[7].strip() == "ready"
        return False

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)}
