"""The only publisher: persistent, mandatory, and done only when the broker says so."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Protocol

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, DeliveryMode
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, DeliveryError
from pamqp.commands import Basic

from shared.settings import Settings

CONFIRM_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 10.0
REFUSALS = (DeliveryError, ChannelAccessRefused, ChannelNotFoundEntity)


class NotConfirmed(Exception):
    """The broker did not confirm this message: `refused` says that it answered no (returned, nacked, not allowed);
    otherwise nobody knows whether it has it, and it must be sent again with the same id."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.refused = reason, refused


class Sendable(Protocol):
    """What can be published: an `aio_pika.Message`, or the lighter `Wire`."""

    @property
    def body(self) -> bytes: ...
    @property
    def properties(self) -> Basic.Properties: ...


@dataclass(frozen=True, slots=True)
class Wire:
    """A message as it goes out; making an `aio_pika.Message` of each outbox row costs several times as much."""

    body: bytes
    properties: Basic.Properties


async def publish_confirmed(
    channel: AbstractChannel, exchange: str, routing_key: str, message: Sendable, timeout: float = CONFIRM_TIMEOUT_S
) -> None:
    """Publish one persistent, mandatory message and wait for the broker's ack; NotConfirmed on anything else.

    The channel must have `publisher_confirms=True, on_return_raises=True` and a connection that consumes nothing.
    """
    properties = message.properties
    properties.delivery_mode = DeliveryMode.PERSISTENT.value
    try:
        wire = await channel.get_underlay_channel()
        answer = await wire.basic_publish(  # type: ignore[call-arg]  # `wait` is aiormq's own, not in its abstract class
            message.body,
            exchange=exchange,
            routing_key=routing_key,
            properties=properties,
            mandatory=True,
            wait=False,
            timeout=timeout,
        )
    except BaseException as error:
        raise _not_confirmed(error) from error
    if not isinstance(answer, Basic.Ack):
        raise NotConfirmed("nacked" if isinstance(answer, Basic.Nack) else "unroutable", refused=True)


def _not_confirmed(error: BaseException) -> NotConfirmed:
    """What an error means for the message; raises it again when it is meant for this task.

    A frozen broker makes aio-pika raise CancelledError in a task that nobody cancelled: `except Exception` would miss it.
    """
    task = asyncio.current_task()
    if (task is not None and task.cancelling()) or isinstance(error, (KeyboardInterrupt, SystemExit)):
        raise error
    return NotConfirmed(_reason(error), refused=isinstance(error, REFUSALS))


def _reason(error: BaseException) -> str:
    """One of a closed set of words (it is a metric's label)."""
    if isinstance(error, DeliveryError):
        return "nacked" if isinstance(error.frame, Basic.Nack) else "unroutable"
    if isinstance(error, REFUSALS):
        return "refused"
    return "timeout" if isinstance(error, TimeoutError) else "connection"


class Publisher:
    """One connection that consumes nothing, and its confirming channel; opened when needed, again after a loss."""

    def __init__(self, user: str, settings: Settings, patience_s: float = CONNECT_TIMEOUT_S) -> None:
        self.user, self.settings, self.patience_s = user, settings, patience_s
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()

    @property
    def connected(self) -> bool:
        return self._channel is not None and not self._channel.is_closed

    async def channel(self) -> AbstractChannel:
        """The channel; NotConfirmed when it cannot be had now."""
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                try:
                    async with asyncio.timeout(self.patience_s):
                        self._channel = await self._open()
                except BaseException as error:
                    raise _not_confirmed(error) from error
            return self._channel

    async def _open(self) -> AbstractChannel:
        if self._connection is None or self._connection.is_closed:
            self._connection = await aio_pika.connect(
                self.settings.broker_url(self.user),
                heartbeat=10,
                timeout=self.patience_s,
                client_properties={"connection_name": f"loop4s:{self.user}:relay"},
            )
        try:
            return await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        except BaseException:
            self._connection = None  # half-open or frozen: the next try makes a new one
            raise

    async def send(self, exchange: str, routing_key: str, message: Sendable) -> None:
        """`publish_confirmed` on this channel."""
        await publish_confirmed(await self.channel(), exchange, routing_key, message)

    async def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):  # the connection may be gone already; it is going anyway
                await asyncio.wait_for(self._connection.close(), 2)
