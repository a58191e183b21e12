"""Child processes that end with their parent, and waits that end."""

import asyncio
import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

_PR_SET_PDEATHSIG = 1


class ServerFailed(Exception):
    """A private server did not start or did not end in time; the text holds the end of its log."""


class FolderInUse(Exception):
    """Another process keeps servers in this folder."""


def say_on_stderr(line: str) -> None:
    """Where progress goes unless the caller says otherwise."""
    print(line, file=sys.stderr, flush=True)


async def until(true: Callable[[], bool], seconds: float) -> bool:
    """Wait until the check holds; False when it still does not after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.05)
    return True


class Child:
    """A server process in a session of its own, with its output in a log file.

    Where the system allows it (Linux), `ends_by` reaches the child also when the thread that started it dies.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        ends_by: signal.Signals,
        account: str | None = None,
    ) -> None:
        self.log, self._ends_by = log, ends_by
        self._log_start = log.stat().st_size if log.exists() else 0
        entry = pwd.getpwnam(account) if account else None
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=log.parent,
                start_new_session=True,
                user=entry.pw_uid if entry else None,
                group=entry.pw_gid if entry else None,
                extra_groups=[] if entry else None,
                preexec_fn=_ending_with_parent(ends_by),
            )
        self.pid = self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def said(self) -> str:
        """What it wrote since it was started."""
        with self.log.open("rb") as text:
            text.seek(self._log_start)
            return text.read().decode(errors="replace")

    async def ready(self, check: Callable[[], bool], seconds: float, name: str) -> None:
        """Wait until it serves; ServerFailed when it ends or takes longer."""
        await until(lambda: check() or not self.running, seconds)
        if not self.running or not check():
            how = f"is not ready after {seconds:.0f} s" if self.running else f"ended with {self._process.returncode}"
            raise ServerFailed(f"{name} {how}; the end of {self.log}:\n{self.said()[-2000:]}")

    async def succeeded(self, seconds: float, name: str) -> None:
        """Wait until a short-lived child ends; ServerFailed when it fails or takes longer (it is killed then)."""
        if not await until(lambda: not self.running, seconds):
            await self.kill()
        if self._process.returncode != 0:
            raise ServerFailed(f"{name} ended with {self._process.returncode}; the end of {self.log}:\n{self.said()[-2000:]}")

    async def stop(self, grace: float) -> None:
        """Ask it to end; after `grace` seconds kill it."""
        family = set(self._family())

        def ended() -> bool:
            family.update(self._family())
            return not self.running

        if self.running:
            self._process.send_signal(self._ends_by)
        await until(ended, grace)
        await self._kill(family)

    async def kill(self) -> None:
        """SIGKILL, with everything that it started."""
        await self._kill(self._family())

    async def _kill(self, family: Collection[psutil.Process]) -> None:
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if not await until(lambda: not self.running and not any(map(_lives, family)), 15):
            raise ServerFailed(f"process {self.pid} is still there 15 s after SIGKILL")

    def _family(self) -> list[psutil.Process]:
        if not self.running:
            return []
        with suppress(psutil.NoSuchProcess):
            server = psutil.Process(self.pid)
            return [server, *server.children(recursive=True)]
        return []


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _ending_with_parent(by: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(by))
        if os.getppid() != parent:
            os._exit(1)

    return ask


class FolderLock:
    """Keeps two processes from running servers in one folder; the system lifts it when its holder dies."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "lock"
        self._held: IO[bytes] | None = None

    def take(self) -> None:
        """FolderInUse when somebody else holds it; harmless when held already."""
        if self._held:
            return
        held = self._file.open("ab")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise FolderInUse(f"{self._file.parent} is in use: servers of another run are kept there") from None
        self._held = held

    def release(self) -> None:
        if self._held:
            self._held.close()
            self._held = None
