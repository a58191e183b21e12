"""Finding RabbitMQ's programs, and installing them where that is ours to do: as root on Debian and its kin."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Debian's wrappers in /usr/sbin change the user and drop the environment: the scripts behind them are wanted.
USUAL_PLACES = (
    Path("/usr/lib/rabbitmq/bin"),
    Path("/opt/homebrew/opt/rabbitmq/sbin"),
    Path("/usr/local/opt/rabbitmq/sbin"),
)
_POLICY = Path("/usr/sbin/policy-rc.d")


class NoBroker(Exception):
    """No RabbitMQ can be had here; the text is one line that names the ways to get one."""


@dataclass(frozen=True)
class BrokerPrograms:
    """`server`: the start script; `erlang`: the folder with `erl` and `epmd`."""

    server: Path
    erlang: Path


def broker_programs(say: Callable[[str], None]) -> BrokerPrograms:
    """What the machine has; else, as root on Debian or Ubuntu, its package, installed now; else NoBroker."""
    return installed_programs() or _fresh_programs(say)


def installed_programs(places: Sequence[Path] = USUAL_PLACES) -> BrokerPrograms | None:
    """The programs in the first of these folders that has them."""
    erlang = shutil.which("epmd", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/bin", "/opt/homebrew/bin")))
    for place in places:
        if erlang and (place / "rabbitmq-server").exists():
            return BrokerPrograms(place / "rabbitmq-server", Path(erlang).parent)
    return None


def nothing_to_be_had() -> NoBroker:
    """The one message."""
    return NoBroker(
        "RabbitMQ is not installed here: install it (apt-get install rabbitmq-server, or brew install rabbitmq),"
        " or run everything in containers with `docker compose up`"
    )


def _fresh_programs(say: Callable[[str], None]) -> BrokerPrograms:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise nothing_to_be_had()
    say("RabbitMQ is not installed: installing the package rabbitmq-server with apt-get (a minute or two)")
    with _packages_start_nothing():
        try:
            _apt_get("update")
            _apt_get("install", "-y", "--no-install-recommends", "rabbitmq-server")
        except (OSError, subprocess.SubprocessError) as error:
            say(f"apt-get did not succeed: {error}")
            raise nothing_to_be_had() from error
    programs = installed_programs()
    if not programs:
        raise nothing_to_be_had()
    return programs


def _apt_get(*arguments: str) -> None:
    subprocess.run(
        ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=900,
    )


@contextmanager
def _packages_start_nothing() -> Iterator[None]:
    """Debian asks policy-rc.d before a fresh package's service is started; 101 says no."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
