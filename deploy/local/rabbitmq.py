"""A private RabbitMQ node."""

import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from deploy.local.broker_programs import BrokerPrograms, broker_programs
from deploy.local.ports import HOST, ports_of
from deploy.local.processes import Child, FolderLock, say_on_stderr

LARGEST_MESSAGE = 1_048_576
"""Bytes.  The wall behind the limits of outbox and inbox; the broker's own default is a hundred times as much."""
_READY = "Server startup complete"
_CALM = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"


class PrivateRabbitMQ:
    """A RabbitMQ node in a folder of its own, with management and metrics: `async with PrivateRabbitMQ(folder) as broker`,
    or start and stop by hand.  Keeps its ports and its administrator's password over restarts."""

    host = HOST

    def __init__(
        self,
        folder: Path,
        *,
        admin: str = "loop4s_admin",
        password: str | None = None,
        find_programs: Callable[[Callable[[str], None]], BrokerPrograms] = broker_programs,
        say: Callable[[str], None] = say_on_stderr,
    ) -> None:
        self.folder, self.admin, self._say, self._find = folder.absolute(), admin, say, find_programs
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._lock = FolderLock(self.folder)
        self._node: Child | None = None
        self._names: Child | None = None
        self._chosen_password = password
        self._password = ""
        self._ports: dict[str, int] = {}

    @property
    def port(self) -> int:
        """Of AMQP; known once started."""
        return self._ports["amqp"]

    @property
    def password(self) -> str:
        """The administrator's."""
        return self._password

    @property
    def management_url(self) -> str:
        """`http://…` of the management API."""
        return f"http://{self.host}:{self._ports['management']}"

    @property
    def metrics_url(self) -> str:
        """`http://…` of the node's own Prometheus metrics."""
        return f"http://{self.host}:{self._ports['metrics']}/metrics"

    @property
    def pid(self) -> int | None:
        """The node's process id while it runs."""
        return self._node.pid if self._node and self._node.running else None

    def url(self, vhost: str = "") -> str:
        """`amqp://…` as administrator; without a name, of the default virtual host."""
        return f"amqp://{self.admin}:{quote(self.password, safe='')}@{self.host}:{self.port}/{quote(vhost, safe='')}"

    async def start(self) -> None:
        """Start and wait until it serves (5 to 20 s); on a folder that was used before, with the same data.

        NoBroker where no RabbitMQ can be had.
        """
        if self.pid:
            return
        programs = self._find(self._say)
        self._lock.take()
        try:
            self._ports = self._ports or ports_of(self.folder, "amqp", "distribution", "management", "metrics", "names")
            self._password = self._kept_password()
            self._configure()
            environment = self._environment(programs)
            if not (self._names and self._names.running):
                self._names = self._name_server(programs, environment)
            self._say("RabbitMQ: starting")
            self._node = node = Child(
                [str(programs.server), "-noinput"],
                environment=environment,
                log=self.folder / "server.log",
                ends_by=signal.SIGTERM,
            )
            await node.ready(lambda: _READY in node.said(), 90, "RabbitMQ")
        except BaseException:
            await self.kill()
            await self.stop()
            raise
        self._say(f"RabbitMQ: ready on {self.host}:{self.port}, management on {self.management_url}")

    async def stop(self) -> None:
        """End it in order (about 6 s), and all that belongs to it."""
        if self._node:
            await self._node.stop(grace=30)
            self._node = None
        if self._names:
            await self._names.stop(grace=5)
            self._names = None
        self._lock.release()

    async def kill(self) -> None:
        """SIGKILL the node; `start()` brings it back on the same ports and data, `stop()` ends what is left."""
        if self._node:
            await self._node.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        await self.stop()

    def _kept_password(self) -> str:
        file = self.folder / "admin_password"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(self._chosen_password or secrets.token_urlsafe(18))
        return file.read_text()

    def _configure(self) -> None:
        (self.folder / "home").mkdir(mode=0o700, exist_ok=True)
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n")
        configuration = self.folder / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"listeners.tcp.1 = {self.host}:{self.port}\n"
            f"management.tcp.ip = {self.host}\nmanagement.tcp.port = {self._ports['management']}\n"
            f"prometheus.tcp.ip = {self.host}\nprometheus.tcp.port = {self._ports['metrics']}\n"
            f"default_user = {self.admin}\ndefault_pass = {self.password}\n"
            f"max_message_size = {LARGEST_MESSAGE}\nlog.console = true\nlog.file = false\n"
        )

    def _environment(self, programs: BrokerPrograms) -> dict[str, str]:
        def inside(name: str) -> str:
            return str(self.folder / name)

        return {
            "PATH": os.pathsep.join([str(programs.server.parent), str(programs.erlang), "/usr/bin", "/bin"]),
            "HOME": inside("home"),
            "LC_ALL": "C.UTF-8",
            "RABBITMQ_NODENAME": "loop4s@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._ports["distribution"]),
            "RABBITMQ_CONFIG_FILE": inside("rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": inside("advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": inside("no-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": inside("enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": inside("data"),
            "RABBITMQ_LOG_BASE": inside("log"),
            "RABBITMQ_GENERATED_CONFIG_DIR": inside("generated"),
            "RABBITMQ_PID_FILE": inside("pid"),
            # The start script then becomes the node instead of waiting for it: the child's pid is the node's.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _CALM,
            "ERL_EPMD_PORT": str(self._ports["names"]),
            "ERL_EPMD_ADDRESS": self.host,
            "ERL_CRASH_DUMP_SECONDS": "0",
        }

    def _name_server(self, programs: BrokerPrograms, environment: dict[str, str]) -> Child:
        # Without an epmd of ours the node starts one as a daemon, which stays when all is over.
        return Child(
            [str(programs.erlang / "epmd"), "-port", str(self._ports["names"]), "-address", self.host],
            environment=environment,
            log=self.folder / "epmd.log",
            ends_by=signal.SIGTERM,
        )
