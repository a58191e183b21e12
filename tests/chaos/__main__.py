"""`make chaos SEED=1`: the whole installation under kills; the last line of stdout is the verdict as one JSON object."""

import argparse
import asyncio
import json
import sys
from importlib.metadata import version

from deploy.local.processes import say_on_stderr
from tests.chaos.run import rampage


def main() -> None:
    """Exit 0 only when every car finished and every invariant holds."""
    options = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    options.add_argument("--seed", type=int, default=1, help="fixes traffic, faults and their moments")
    options.add_argument("--cars", type=int, default=30, help="at least so many cars; more while faults are left")
    chosen = options.parse_args()
    verdict = asyncio.run(rampage(chosen.seed, chosen.cars, say_on_stderr))
    verdict["versions"] = {name: version(name) for name in ("faststream", "aio-pika", "sqlalchemy", "asyncpg")}
    verdict["repeat"] = f"make chaos SEED={chosen.seed}"
    print(json.dumps(verdict))
    sys.exit(0 if verdict["valid"] else 1)


if __name__ == "__main__":
    main()
