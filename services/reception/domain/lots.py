"""The lots that one member holds, loaded and locked as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.reception.domain.holdings import Holding
from services.reception.domain.ledger import Transfer
from services.reception.domain.members import Member
from shared import clock
from shared.refusal import Refused


@dataclass
class Lots:
    """What stands in `holdings` are the lots that are not empty, and those that a movement gives back to."""

    member: Member
    holdings: list[Holding]
    new: list[Holding] = field(default_factory=list)
    """Made by a movement, not kept yet."""

    def lots(self, *kinds: str) -> list[Holding]:
        """What can be used of these kinds, in the order in which it is used."""
        usable = [lot for lot in self.holdings if lot.kind in kinds and lot.balance and not lot.expired]
        return sorted(usable, key=lambda lot: (kinds.index(lot.kind), lot.soonest))

    def held(self, *kinds: str) -> int:
        return sum(lot.balance for lot in self.lots(*kinds))

    def note_next_expiry(self) -> None:
        """When somebody must look after this purse again."""
        self.member.next_expiry_at = min(
            (lot.expires_at for lot in self.holdings if lot.balance and lot.expires_at), default=None
        )

    def give(
        self, transfer: Transfer, kind: str, unit: str, granted: int, *, balance: int | None = None, **more: Any
    ) -> Holding:
        """A new lot of this much; of points that make up for what is short less is left from the start (`balance`)."""
        lot = Holding(
            member_id=self.member.id, store_id=transfer.store_id, kind=kind, unit=unit, granted=granted, **{"balance": 0} | more
        )
        lot.change(granted if balance is None else balance, transfer)
        self.holdings.append(lot)
        self.new.append(lot)
        return lot

    def take(self, lots: Sequence[Holding], amount: int, transfer: Transfer) -> None:
        """From these lots, the first one first.  Refused: `balance_too_small`."""
        held = sum(lot.balance for lot in lots)
        if amount > held:
            raise Refused("balance_too_small", "There is not that much left.", left=held, wanted=amount)
        for lot in lots:
            part = min(lot.balance, amount)
            lot.change(-part, transfer)
            amount -= part


def later(days: int | None) -> datetime | None:
    """So many days from now; None: never."""
    return None if days is None else clock.now() + timedelta(days=days)
