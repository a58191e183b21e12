"""One contestant in a process of its own: `python -m benchmarks.worker <module>`, its `Bench` as JSON in the environment
variable BENCH; ends when its standard input does, so that none outlives the run."""

import asyncio
import contextlib
import importlib
import json
import os
import sys

import uvloop

from benchmarks.hop import Bench


async def _run(contestant: str) -> None:
    module = importlib.import_module(contestant)
    task = asyncio.ensure_future(module.run(Bench(**json.loads(os.environ["BENCH"]))))
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(sys.stdin)
        task.cancel()

    loop.add_reader(sys.stdin, end)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    uvloop.run(_run(sys.argv[1]))
