"""The `loop4s` command line.  What goes wrong is told in one line on stderr: exit 2 for a wrong call, 1 for anything else."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec

import aio_pika.exceptions
import aiormq.exceptions
import asyncpg
import httpx
import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from deploy.command import dead, demo, events, photos, resending, running, secrets, token, topology
from deploy.contracts import BreakingChange
from shared.blobs import BlobsAway
from shared.identity import IssuingRefused
from shared.relay import NotConfirmed
from shared.service.serving import WorkDied
from shared.settings import MissingSetting
from shared.topology import BadTopology
from shared.topology.management import BrokerRefused

WRONG_CALL, FAILED, STOPPED = 2, 1, 130
SAYS_WHAT_TO_DO = (BadTopology, BreakingChange, BrokerRefused, IssuingRefused, MissingSetting, WorkDied, running.Down)

app = typer.Typer(name="loop4s", help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for room in (running, demo, resending, token):
    room.join(app)
app.add_typer(topology.app, name="topology")
app.add_typer(dead.app, name="dead")
app.add_typer(events.app, name="events")
app.add_typer(secrets.app, name="secrets")
app.add_typer(photos.app, name="photos")
if find_spec("psutil"):  # the extra for private servers, which production does not install
    app.command()(import_module("deploy.up").up)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave the process with its exit code."""
    try:
        code = app(arguments, standalone_mode=False)
    except typer.Abort:
        code = STOPPED
    except KeyboardInterrupt:
        code = STOPPED
    except typer.exceptions.TyperException as wrong:
        code = _say(wrong.format_message() if hasattr(wrong, "format_message") else str(wrong), WRONG_CALL)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    except Exception as error:
        if not (told := _told(error)):
            raise
        code = _say(told, FAILED)
    sys.exit(code if isinstance(code, int) else 0)


def _say(line: str, code: int) -> int:
    """Nothing to say: help was shown already."""
    if line:
        typer.echo(f"loop4s: {' '.join(line.split())}", err=True)
    return code


def _told(error: Exception) -> str | None:
    """One line that says what to do about an expected failure; None for a programming error, which shows its trace."""
    match error:
        case ExceptionGroup():
            return _told(error.exceptions[0])
        case NotConfirmed():
            return (
                f"the broker did not confirm a message ({error.reason}); what was not confirmed stays where it was, try again"
            )
        case ValidationError() if error.title == "Settings":
            names = ", ".join(f"LOOP4S_{'_'.join(map(str, place['loc']))}".upper() for place in error.errors())
            return f"these settings have a wrong form: {names}"
        case httpx.HTTPError():
            return (
                f"cannot reach {_address(error)}: {error}; is it running, and LOOP4S_BROKER_MANAGEMENT right? (loop4s doctor)"
            )
        case aio_pika.exceptions.ProbableAuthenticationError():
            return "RabbitMQ refuses this user: are the secrets right, and was `loop4s topology apply` run?"
        case aio_pika.exceptions.AMQPConnectionError():
            return f"cannot reach RabbitMQ: {error}; is it running, and LOOP4S_BROKER right? (loop4s doctor)"
        case aiormq.exceptions.InvalidFrameError():  # what a connection to an unknown virtual host ends with
            return "RabbitMQ does not open the virtual host of LOOP4S_BROKER: was `loop4s topology apply` run?"
        case aio_pika.exceptions.AMQPError():
            return f"RabbitMQ says: {error}"
        case BlobsAway():
            return f"the store of pictures does not answer ({error}); is LOOP4S_BLOBS right, and may we write there?"
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return "PostgreSQL refuses this role: are the secrets right, and was `loop4s migrate` run?"
        case asyncpg.PostgresError() | asyncpg.InterfaceError():
            return f"PostgreSQL says: {error}"
        case DBAPIError():
            return f"PostgreSQL says: {error.orig}"
        case _ if isinstance(error, (*SAYS_WHAT_TO_DO, *_of_private_servers())):
            return str(error)
        case OSError():
            return (
                f"{error}; is the server that should answer there running? (loop4s doctor)" if _refused(error) else str(error)
            )
    return None


def _of_private_servers() -> tuple[type[Exception], ...]:
    """Their failures, where they are in use: production does not install what they need."""
    if "deploy.local" not in sys.modules:
        return ()
    from deploy.local import FolderInUse, NoBroker, NoPostgres, ServerFailed

    return FolderInUse, NoBroker, NoPostgres, ServerFailed


def _refused(error: OSError) -> bool:
    return isinstance(error, (ConnectionError, TimeoutError)) or "Connect call failed" in str(error)


def _address(error: httpx.HTTPError) -> str:
    try:
        return f"{error.request.url.scheme}://{error.request.url.netloc.decode()}"
    except RuntimeError:
        return "a server"
