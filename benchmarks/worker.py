"""One contestant in a process of its own: `python -m benchmarks.worker <contestant>`, its `Bench` as JSON in the environment
variable BENCH; SIGTERM ends it."""

import asyncio
import contextlib
import importlib
import json
import os
import signal
import sys

import uvloop

from benchmarks.hop import Bench


async def _run(contestant: str) -> None:
    module = importlib.import_module(f"benchmarks.contestants.{contestant}")
    task = asyncio.ensure_future(module.run(Bench(**json.loads(os.environ["BENCH"]))))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    uvloop.run(_run(sys.argv[1]))
