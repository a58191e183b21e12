"""Acknowledging many messages with one frame: up to the highest delivery tag below which everything is settled."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from aio_pika.abc import AbstractIncomingMessage
from aiormq.abc import AbstractChannel
from aiormq.exceptions import AMQPError


@dataclass(frozen=True, slots=True)
class Receipt:
    """The place of one delivery on its channel, kept apart from the message, which forgets it when the channel closes."""

    channel: AbstractChannel
    tag: int

    @property
    def valid(self) -> bool:
        """Whether the delivery is still ours: the broker takes it back when its channel closes."""
        return not self.channel.is_closed


@dataclass(slots=True)
class _Tags:
    """The delivery tags of one channel: they count 1, 2, 3 … and start again with each channel."""

    acked: int = 0
    settled: set[int] = field(default_factory=set)


class Acks:
    """Keeps, per channel, what was settled; handlers may finish, and deliveries may even start, out of order."""

    def __init__(self) -> None:
        self._channels: WeakKeyDictionary[AbstractChannel, _Tags] = WeakKeyDictionary()

    def delivered(self, message: AbstractIncomingMessage) -> Receipt | None:
        """Note a delivery before it is worked on; None when the broker has taken it back already."""
        try:
            channel = message.channel
        except AMQPError:
            return None
        assert message.delivery_tag is not None
        self._channels.setdefault(channel, _Tags())
        return Receipt(channel, message.delivery_tag)

    async def settled(self, receipts: Sequence[Receipt]) -> None:
        """These are applied, or confirmed elsewhere; ack what is contiguous."""
        channels: dict[int, AbstractChannel] = {}
        for receipt in receipts:
            self._channels[receipt.channel].settled.add(receipt.tag)
            channels[id(receipt.channel)] = receipt.channel
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
