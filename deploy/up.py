"""`loop4s up`: everything on this machine, privately, until Ctrl-C."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Annotated

import typer

from deploy.installation import Installation, Say, installed
from deploy.local import default_folder
from deploy.local.processes import say_on_stderr

DataFolder = Annotated[
    Path | None, typer.Option("--data", help="Folder of the private servers; .loop4s in the project when left out.")
]
StoreCount = Annotated[int, typer.Option("--stores", min=1, max=5, help="How many stores the group has.")]


def up(data: DataFolder = None, stores: StoreCount = 3) -> None:
    """Start private servers and all services, print where they are, and stay until Ctrl-C."""
    folder = (data or default_folder(say_on_stderr)).absolute()

    async def stay() -> None:
        async with installed(Installation(folder, stores)) as running:
            tell(running, say_on_stderr)
            await until_told_to_stop()

    asyncio.run(stay())


def tell(running: Installation, say: Say) -> None:
    """Addresses, users, and how to stop."""
    say("")
    say(f"Open  {running.services.url('console')}/board")
    for user in json.loads((running.folder / "secrets" / "console_users").read_text()):
        say(f"  as  {user['name']:<12} password {user['password']}")
    for service, url in running.services.urls.items():
        say(f"  API of {service:<10} {url}/docs")
    say(
        f"  RabbitMQ management {running.broker.management_url} as {running.broker.admin}, password in {running.folder}/secrets"
    )
    say(f"  For the command line: {' '.join(f'{key}={value}' for key, value in running.environment.items())}")
    say("Ctrl-C stops everything; the data stays in " + str(running.folder))


async def until_told_to_stop() -> None:
    """Wait for SIGINT or SIGTERM."""
    told = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, told.set)
    await told.wait()
