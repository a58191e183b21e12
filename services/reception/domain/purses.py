"""A member's purse: everything that one member holds, and what is paid in, given, refunded and lapses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.reception.domain.holdings import Holding, PackageCard
from services.reception.domain.ledger import BREAKAGE, FEN, PAID_OUT, POINTS, RECEIVED, SESSIONS, SHORT, VOUCHERS, Transfer
from services.reception.domain.lots import later
from services.reception.domain.members import MembershipTerms
from services.reception.domain.redemptions import Redeemable
from shared import clock
from shared.money import spread
from shared.refusal import Refused


@dataclass(frozen=True, slots=True)
class Session:
    """Of a package card: so many times this operation, which costs that much each without a card."""

    op_code: str
    times: int
    list_price_fen: int


class Purse(Redeemable):
    """What can happen to all that one member holds: because of bills, and otherwise."""

    def top_up(self, amount_fen: int, terms: MembershipTerms, transfer: Transfer) -> None:
        """Money in advance, with the bonus of the store's terms.  Refused: `stored_value_above_cap`."""
        bonus, held = terms.bonus_on(amount_fen), self.held("principal", "bonus")
        if held + amount_fen + bonus > terms.stored_value_cap_fen:
            raise Refused(
                "stored_value_above_cap", "That much may not stand on one member's stored value.",
                cap_fen=terms.stored_value_cap_fen, held_fen=held, amount_fen=amount_fen, bonus_fen=bonus,
            )  # fmt: skip
        self.give(transfer, "principal", FEN, amount_fen)
        transfer.leg(RECEIVED, FEN, -amount_fen)
        if bonus:
            self.give(transfer, "bonus", FEN, bonus, expires_at=later(terms.bonus_days))
            transfer.leg("bonus_expense", FEN, -bonus)

    def sell_package(self, card: PackageCard, sessions: Sequence[Session], expires_at: datetime, transfer: Transfer) -> None:
        """A card of prepaid sessions; its price is shared by what they would cost, to the fen (largest remainder)."""
        weights = [session.times * session.list_price_fen for session in sessions]
        shares = spread(card.price_fen, weights)
        for session, share in zip(sessions, shares, strict=True):
            line = self.give(
                transfer, "package", SESSIONS, session.times, card_id=card.id, op_code=session.op_code, expires_at=expires_at
            )
            line.change_worth(share, transfer)
        transfer.leg("package_expense", SESSIONS, -sum(session.times for session in sessions))
        transfer.leg(RECEIVED, FEN, -card.price_fen)

    def issue_voucher(self, transfer: Transfer, **terms: Any) -> Holding:
        """A voucher over an amount, or per cent."""
        voucher = self.give(transfer, "voucher", VOUCHERS, 1, **terms)
        transfer.leg("voucher_expense", VOUCHERS, -1)
        return voucher

    def refund(self, amount_fen: int, transfer: Transfer) -> None:
        """Paid-in value goes back; bonuses are lost in proportion.  Refused: `balance_too_small`."""
        paid_in = self.held("principal")
        self.take(self.lots("principal"), amount_fen, transfer)
        transfer.leg(PAID_OUT, FEN, amount_fen)
        lost = -(-self.held("bonus") * amount_fen // paid_in)
        self.take(self.lots("bonus"), lost, transfer)
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
