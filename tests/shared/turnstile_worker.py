"""One process of the turnstile, which may be told to die at the n-th wait of a task (`LOOP4S_CRASH=<task>:<n>:<before|after>`).

Outside effects leave a process only through sockets between two suspensions, so dying at each suspension covers every prefix
of receive, claim, write, commit, ack, publish, confirm, mark.  With n = -1 the waits are only counted, and printed at the end.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Generator
from typing import Any

from shared.settings import Settings
from tests.shared import turnstile

waits = 0


class Stepped:
    """Awaits a coroutine and ends this process at its n-th wait, before it or right after it."""

    def __init__(self, work: Coroutine[Any, Any, Any], n: int, when: str) -> None:
        self.work, self.n, self.when = work, n, when

    def __await__(self) -> Generator[Any, Any, Any]:
        global waits
        send: Any = None
        error: BaseException | None = None
        while True:
            try:
                waiting_for = self.work.throw(error) if error else self.work.send(send)
            except StopIteration as end:
                return end.value
            waits += 1
            here = waits
            error = None
            if (here, self.when) == (self.n, "before"):
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                send = yield waiting_for
            except BaseException as raised:
                error, send = raised, None
            if (here, self.when) == (self.n, "after"):
                os.kill(os.getpid(), signal.SIGKILL)


def _watch(spec: str) -> None:
    task, n, when = spec.split(":")

    def factory(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:
        if getattr(work, "__qualname__", "").startswith(task):
            inner = work

            async def stepped() -> Any:
                return await Stepped(inner, int(n), when)

            work = stepped()
        return asyncio.Task(work, loop=loop, **more)

    asyncio.get_running_loop().set_task_factory(factory)


async def main() -> None:
    if spec := os.environ.get("LOOP4S_CRASH"):
        _watch(spec)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    world = turnstile.World(Settings(), dict(os.environ))
    async with world.running():
        print("running", flush=True)
        await ended.wait()
        print(f"waits {waits}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
    sys.exit(0)
