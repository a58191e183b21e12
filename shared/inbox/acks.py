"""Acknowledging many messages with one frame: up to the highest delivery tag below which everything is settled."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from aio_pika.abc import AbstractIncomingMessage
from aiormq.abc import AbstractChannel
from aiormq.exceptions import AMQPError


@dataclass(slots=True)
class _Tags:
    """The delivery tags of one channel: they count 1, 2, 3 … and start again with each channel."""

    acked: int = 0
    settled: set[int] = field(default_factory=set)


class Acks:
    """Keeps, per channel, what was settled; handlers may finish, and deliveries may even start, out of order."""

    def __init__(self) -> None:
        self._channels: WeakKeyDictionary[AbstractChannel, _Tags] = WeakKeyDictionary()

    def delivered(self, message: AbstractIncomingMessage) -> None:
        """Note a delivery before it is worked on."""
        self._channels.setdefault(message.channel, _Tags())

    def open(self, message: AbstractIncomingMessage) -> bool:
        """Whether the delivery is still ours: the broker takes it back when its channel closes."""
        return not message.channel.is_closed

    async def settled(self, messages: Sequence[AbstractIncomingMessage]) -> None:
        """These are applied, or confirmed elsewhere; ack what is contiguous."""
        channels = {}
        for message in messages:
            if message.delivery_tag is not None and message.channel in self._channels:
                self._channels[message.channel].settled.add(message.delivery_tag)
                channels[id(message.channel)] = message.channel
        for channel in channels.values():
            tags = self._channels[channel]
            highest = tags.acked
            while highest + 1 in tags.settled:
                highest += 1
                tags.settled.discard(highest)
            if highest > tags.acked:
                tags.acked = highest
                with contextlib.suppress(AMQPError, ConnectionError, RuntimeError):
                    # a channel that dies now has its messages delivered again; the inbox knows their ids
                    await channel.basic_ack(highest, multiple=True)
