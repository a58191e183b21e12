"""A member's purse: everything that one member holds, loaded and locked as a whole, and all that can happen to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.reception.domain.holdings import Holding, PackageCard
from services.reception.domain.ledger import (
    BREAKAGE,
    FEN,
    PAID_OUT,
    POINTS,
    RECEIVED,
    REDEEMED,
    SESSIONS,
    SHORT,
    VOUCHERS,
    Transfer,
    TransferLeg,
)
from services.reception.domain.members import Member, MembershipTerms
from shared import clock
from shared.money import spread
from shared.refusal import Invalid, Refused


@dataclass(frozen=True, slots=True)
class Session:
    """Of a package card: so many times this operation, which costs that much each without a card."""

    op_code: str
    times: int
    list_price_fen: int


@dataclass
class Purse:
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

    def top_up(self, amount_fen: int, terms: MembershipTerms, transfer: Transfer) -> None:
        """Money in advance, with the bonus of the store's terms.  Refused: `stored_value_above_cap`."""
        bonus, held = terms.bonus_on(amount_fen), self.held("principal", "bonus")
        if held + amount_fen + bonus > terms.stored_value_cap_fen:
            raise Refused(
                "stored_value_above_cap", "That much may not stand on one member's stored value.",
                cap_fen=terms.stored_value_cap_fen, held_fen=held, amount_fen=amount_fen, bonus_fen=bonus,
            )  # fmt: skip
        self._give(transfer, "principal", FEN, amount_fen)
        transfer.leg(RECEIVED, FEN, -amount_fen)
        if bonus:
            self._give(transfer, "bonus", FEN, bonus, expires_at=_in(terms.bonus_days))
            transfer.leg("bonus_expense", FEN, -bonus)

    def sell_package(self, card: PackageCard, sessions: Sequence[Session], expires_at: datetime, transfer: Transfer) -> None:
        """A card of prepaid sessions; its price is shared by what they would cost, to the fen (largest remainder)."""
        weights = [session.times * session.list_price_fen for session in sessions]
        shares = spread(card.price_fen, weights)
        for session, share in zip(sessions, shares, strict=True):
            line = self._give(
                transfer, "package", SESSIONS, session.times, card_id=card.id, op_code=session.op_code, expires_at=expires_at
            )
            line.change_worth(share, transfer)
        transfer.leg("package_expense", SESSIONS, -sum(session.times for session in sessions))
        transfer.leg(RECEIVED, FEN, -card.price_fen)

    def issue_voucher(self, transfer: Transfer, **terms: Any) -> Holding:
        """A voucher over an amount, or per cent."""
        voucher = self._give(transfer, "voucher", VOUCHERS, 1, **terms)
        transfer.leg("voucher_expense", VOUCHERS, -1)
        return voucher

    def pay_by_stored_value(self, amount_fen: int, transfer: Transfer) -> None:
        """What was paid in first, then bonuses.  Refused: `balance_too_small`."""
        self._take(self.lots("principal", "bonus"), amount_fen, transfer)
        transfer.leg(REDEEMED, FEN, amount_fen)

    def pay_by_points(self, amount_fen: int, terms: MembershipTerms, transfer: Transfer) -> None:
        """Oldest first, at the store's rate.  Invalid: `points_not_whole`.  Refused: `balance_too_small`."""
        points, rest = divmod(amount_fen, terms.point_worth_fen)
        if rest:
            raise Invalid(
                "body.amount_fen", "points_not_whole", "The amount is no whole number of points.",
                point_worth_fen=terms.point_worth_fen,
            )  # fmt: skip
        self._take(self.lots("points"), points, transfer)
        transfer.leg(REDEEMED, POINTS, points)
        transfer.between("points_expense", REDEEMED, FEN, amount_fen)

    def pay_by_session(self, line: Holding, amount_fen: int, transfer: Transfer) -> None:
        """One session of a package card pays one labour line, whatever that costs.  Refused: `package_not_usable`."""
        line.refuse_unusable_session()
        worth = line.next_session_fen
        line.change(-1, transfer)
        transfer.leg(REDEEMED, SESSIONS, 1)
        line.change_worth(-worth, transfer)
        transfer.leg("package_expense", FEN, worth - amount_fen)
        transfer.leg(REDEEMED, FEN, amount_fen)

    def pay_by_voucher(self, voucher: Holding, amount_fen: int, transfer: Transfer) -> None:
        """Once.  Refused: `balance_too_small`."""
        voucher.change(-1, transfer)
        transfer.leg(REDEEMED, VOUCHERS, 1)
        transfer.between("voucher_expense", REDEEMED, FEN, amount_fen)

    def give_back(self, used: Transfer, whole_fen: int, before_fen: int, amount_fen: int, transfer: Transfer) -> None:
        """Of a bill that was paid by `used` over `whole_fen`, of which `before_fen` went back already, this much goes back to
        where it came from, what was taken last first; points first make up for what is short.  Refused: `goes_back_whole` for
        part of a session or voucher."""
        if used.method in ("package", "voucher") and amount_fen != whole_fen:
            raise Refused("goes_back_whole", "A session or voucher goes back as a whole.", amount_fen=whole_fen)
        by_id = {lot.id: lot for lot in self.holdings}
        for side in used.sides():
            total = sum(abs(leg.amount) for leg in side)
            skipped = total * before_fen // whole_fen
            wanted = total * (before_fen + amount_fen) // whole_fen - skipped
            for leg, amount in _from_the_end(side, skipped, wanted):
                back = amount if leg.amount < 0 else -amount
                if leg.holding_id is None:
                    transfer.leg(leg.account, leg.unit, back)
                elif leg.account == "package" and leg.unit == FEN:
                    by_id[leg.holding_id].change_worth(back, transfer)
                elif leg.account == "points":
                    self._put_back(by_id[leg.holding_id], back, transfer)
                else:
                    by_id[leg.holding_id].change(back, transfer)

    def _put_back(self, lot: Holding, amount: int, transfer: Transfer) -> None:
        """Points come back to their lot; what was taken back from it meanwhile leaves no room there, and stands in a new one
        that expires at the same time."""
        rest = amount - self._make_up(amount, transfer)
        kept = min(rest, lot.room)
        lot.change(kept, transfer)
        if rest > kept:
            self._give(transfer, "points", POINTS, rest - kept, expires_at=lot.expires_at)

    def _make_up(self, amount: int, transfer: Transfer) -> int:
        """How many of these points are used up by what the member is short of."""
        made_up = min(amount, self.member.points_short)
        self.member.points_short -= made_up
        transfer.leg(SHORT, POINTS, made_up)
        return made_up

    def follow_points(
        self, bill: UUID, wanted: int, *, may_earn: bool, terms: MembershipTerms, earned: Transfer, lost: Transfer
    ) -> None:
        """The points that this bill brings are `wanted` now: `earned` or `lost` gets legs, or neither.  More come only once all
        is paid.  What has to go back and was spent stays short, and the next points make up for it."""
        lots = [lot for lot in self.holdings if lot.kind == "points" and lot.source_id == bill]
        net = sum(lot.granted - lot.taken_back for lot in lots)
        if may_earn and wanted > net:
            more = wanted - net
            left = more - self._make_up(more, earned)
            self._give(
                earned, "points", POINTS, more, balance=left, source_id=bill, expires_at=_in(terms.points_days)
            )  # fmt: skip
            earned.leg("points_expense", POINTS, -more)
        elif wanted < net:
            self._take_back(lots, net - wanted, lost)

    def _take_back(self, lots: list[Holding], amount: int, lost: Transfer) -> None:
        to_take = 0
        lots = sorted(lots, key=lambda each: each.soonest)
        for lot in lots:
            part = min(amount, lot.granted - lot.taken_back)
            gone = min(part, lot.lapsed)
            lot.lapsed -= gone
            lot.taken_back += part
            amount, to_take = amount - part, to_take + part - gone
        others = [lot for lot in self.lots("points") if lot not in lots]
        taken = min(to_take, sum(lot.balance for lot in (*lots, *others)))
        self._take([*lots, *others], taken, lost)
        lost.short = to_take - taken
        lost.between(SHORT, "points_expense", POINTS, lost.short)
        lost.leg("points_expense", POINTS, taken)
        self.member.points_short += lost.short

    def refund(self, amount_fen: int, transfer: Transfer) -> None:
        """Paid-in value goes back; bonuses are lost in proportion.  Refused: `balance_too_small`."""
        paid_in = self.held("principal")
        self._take(self.lots("principal"), amount_fen, transfer)
        transfer.leg(PAID_OUT, FEN, amount_fen)
        lost = -(-self.held("bonus") * amount_fen // paid_in)
        self._take(self.lots("bonus"), lost, transfer)
        transfer.leg(BREAKAGE, FEN, lost)

    def refund_package(self, lines: Iterable[Holding], transfer: Transfer) -> int:
        """What the unused sessions of a card stand for goes back; the amount.  Refused: `package_not_usable`."""
        usable = [line for line in lines if line.balance and not line.expired]
        amount_fen = sum(line.worth_fen for line in usable)
        if not amount_fen:
            raise Refused("package_not_usable", "No session is left, or the card expired.")
        sessions = sum(line.balance for line in usable)
        for line in usable:
            line.change(-line.balance, transfer)
            line.change_worth(-line.worth_fen, transfer)
        transfer.leg(PAID_OUT, SESSIONS, sessions)
        transfer.leg(PAID_OUT, FEN, amount_fen)
        return amount_fen

    def lapse(self, lots: Iterable[Holding], transfer: Transfer) -> None:
        """What can no more be used is the house's (breakage)."""
        for lot in lots:
            lot.lapsed += lot.balance
            transfer.leg(BREAKAGE, lot.unit, lot.balance)
            transfer.leg(BREAKAGE, FEN, lot.worth_fen)
            lot.change(-lot.balance, transfer)
            lot.change_worth(-lot.worth_fen, transfer)

    def lapsing(self) -> list[Holding]:
        """What expired and was not used."""
        return [lot for lot in self.holdings if lot.expired and lot.balance]

    def given(self) -> list[Holding]:
        """What nobody paid for, and what expired: a membership that ends gives it up."""
        return [lot for lot in self.holdings if lot.balance and (lot.expired or lot.kind not in ("principal", "package"))]

    def end(self, transfer: Transfer) -> None:
        """The membership ends and is settled both ways: points, bonuses and vouchers are given up, and what points are short is
        booked off at the house's cost, so that the customer's next membership begins with nothing.  Refused: `money_held` while
        paid-in value is left."""
        self.member.refuse_ended()
        money = self.held("principal") + sum(lot.worth_fen for lot in self.lots("package"))
        if money:
            raise Refused("money_held", "What was paid in advance must be used or refunded first.", held_fen=money)
        self.lapse(self.given(), transfer)
        transfer.between("points_expense", SHORT, POINTS, self.member.points_short)
        self.member.points_short = 0
        self.member.ended_at, self.member.ended_by, self.member.end_reason = clock.now(), transfer.actor, transfer.reason
        self.member.version += 1

    def note_next_expiry(self) -> None:
        """When somebody must look after this purse again."""
        self.member.next_expiry_at = min(
            (lot.expires_at for lot in self.holdings if lot.balance and lot.expires_at), default=None
        )

    def _give(
        self, transfer: Transfer, kind: str, unit: str, granted: int, *, balance: int | None = None, **more: Any
    ) -> Holding:
        lot = Holding(
            member_id=self.member.id, store_id=transfer.store_id, kind=kind, unit=unit, granted=granted, **{"balance": 0} | more
        )
        lot.change(granted if balance is None else balance, transfer)
        self.holdings.append(lot)
        self.new.append(lot)
        return lot

    def _take(self, lots: Sequence[Holding], amount: int, transfer: Transfer) -> None:
        held = sum(lot.balance for lot in lots)
        if amount > held:
            raise Refused("balance_too_small", "There is not that much left.", left=held, wanted=amount)
        for lot in lots:
            part = min(lot.balance, amount)
            lot.change(-part, transfer)
            amount -= part


def _in(days: int | None) -> datetime | None:
    return None if days is None else clock.now() + timedelta(days=days)


def _from_the_end(side: Sequence[TransferLeg], skipped: int, wanted: int) -> list[tuple[TransferLeg, int]]:
    """How much of each leg, the last one first, after `skipped` that went back before."""
    found = []
    for leg in reversed(side):
        left = abs(leg.amount) - min(skipped, abs(leg.amount))
        skipped -= abs(leg.amount) - left
        part = min(left, wanted)
        wanted -= part
        if part:
            found.append((leg, part))
    return found
