"""What a member holds pays bills and goes back, and bills bring points and take them back."""

from collections.abc import Sequence
from uuid import UUID

from services.reception.domain.holdings import Holding
from services.reception.domain.ledger import FEN, POINTS, REDEEMED, SESSIONS, SHORT, VOUCHERS, Transfer, TransferLeg
from services.reception.domain.lots import Lots, later
from services.reception.domain.members import MembershipTerms
from shared.refusal import Invalid, Refused


class Redeemable(Lots):
    """What can happen to a member's lots because of a bill."""

    def pay_by_stored_value(self, amount_fen: int, transfer: Transfer) -> None:
        """What was paid in first, then bonuses.  Refused: `balance_too_small`."""
        self.take(self.lots("principal", "bonus"), amount_fen, transfer)
        transfer.leg(REDEEMED, FEN, amount_fen)

    def pay_by_points(self, amount_fen: int, terms: MembershipTerms, transfer: Transfer) -> None:
        """Oldest first, at the store's rate.  Invalid: `points_not_whole`.  Refused: `balance_too_small`."""
        points, rest = divmod(amount_fen, terms.point_worth_fen)
        if rest:
            raise Invalid(
                "body.amount_fen", "points_not_whole", "The amount is no whole number of points.",
                point_worth_fen=terms.point_worth_fen,
            )  # fmt: skip
        self.take(self.lots("points"), points, transfer)
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
            self.give(transfer, "points", POINTS, rest - kept, expires_at=lot.expires_at)

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
            self.give(
                earned, "points", POINTS, more, balance=left, source_id=bill, expires_at=later(terms.points_days)
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
        self.take([*lots, *others], taken, lost)
        lost.short = to_take - taken
        lost.between(SHORT, "points_expense", POINTS, lost.short)
        lost.leg("points_expense", POINTS, taken)
        self.member.points_short += lost.short


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
