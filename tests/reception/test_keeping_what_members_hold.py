"""R14: whatever happens to what members hold, every movement sums to zero and nothing is ever overdrawn."""

from collections import Counter as Sums
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reception.domain import Holding, MembershipTerms, PackageCard, Purse, Session, Transfer
from services.reception.domain.ledger import FEN
from shared import clock
from shared.cause import Cause, bound
from shared.database import new_id
from shared.refusal import Invalid, Refused
from tests.reception.members import a_movement, a_purse, points
from tests.reception.words import NOON, STORE

pytestmark = pytest.mark.usefixtures("at_noon")
TERMS = MembershipTerms(bonus_bp=1_000, bonus_days=30, points_days=60, point_worth_fen=2)


class Story:
    """A member's life in memory, with everything that was booked."""

    def __init__(self) -> None:
        self.purse = a_purse()
        self.booked: list[Transfer] = []
        self.paid: list[tuple[Transfer, int, int]] = []
        """Redemptions with what they paid and what went back of it."""
        self.bills = {new_id(): 0 for _ in range(3)}
        """With the points that they brought so far."""

    def does(self, kind: str, move: Callable[[Transfer], object], **more: object) -> Transfer | None:
        """Book what moved; None when it was refused, which leaves everything as it was."""
        transfer = a_movement(self.purse, kind, **more)
        before = self.state()
        try:
            move(transfer)
        except Refused:
            self.restore(before)
            return None
        if transfer.legs:
            transfer.refuse_unbalanced()
            self.booked.append(transfer)
        return transfer

    def state(self) -> tuple[int, list[tuple[Holding, int, int, int, int]]]:
        figures = [(lot, lot.balance, lot.worth_fen, lot.lapsed, lot.taken_back) for lot in self.purse.holdings]
        return self.purse.member.points_short, figures

    def restore(self, state: tuple[int, list[tuple[Holding, int, int, int, int]]]) -> None:
        """As a rolled-back transaction does."""
        self.purse.member.points_short, lots = state
        self.purse.holdings = [lot for lot, *_ in lots]
        for lot, *figures in lots:
            lot.balance, lot.worth_fen, lot.lapsed, lot.taken_back = figures

    def tops_up(self, amount: int) -> None:
        self.does("top_up", lambda transfer: self.purse.top_up(amount, TERMS, transfer))

    def buys_package(self, amount: int) -> None:
        sessions = [Session("wash", 3, 4_000), Session("oil", 2, 9_900)]
        card = PackageCard(store_id=STORE, name="card", price_fen=amount)
        until = clock.now() + timedelta(days=40)
        self.does("package_sale", lambda transfer: self.purse.sell_package(card, sessions, until, transfer))

    def gets_voucher(self, amount: int) -> None:
        until = clock.now() + timedelta(days=20)
        self.does("voucher_issue", lambda transfer: self.purse.issue_voucher(transfer, face_fen=amount, expires_at=until))

    def pays(self, method: str, percent: int) -> None:
        """By so much of what is held, or by a session or voucher."""
        kinds = {"stored_value": ("principal", "bonus")}.get(method, (method,))
        lots, held = self.purse.lots(*kinds), self.purse.held(*kinds)
        if not lots:
            return
        some = -(-held * percent // 100)
        amount = {"stored_value": some, "points": some * TERMS.point_worth_fen}.get(method, 100 * percent)
        moves: dict[str, Callable[[Transfer], object]] = {
            "stored_value": lambda transfer: self.purse.pay_by_stored_value(amount, transfer),
            "points": lambda transfer: self.purse.pay_by_points(amount, TERMS, transfer),
            "package": lambda transfer: self.purse.pay_by_session(lots[0], amount, transfer),
            "voucher": lambda transfer: self.purse.pay_by_voucher(lots[0], amount, transfer),
        }
        used = self.does("redemption", moves[method], method=method)
        assert used is not None, "what is held can be used"
        self.paid.append((used, amount, 0))

    def gives_back(self, which: int, percent: int) -> None:
        """So much of what is left of any payment."""
        if not self.paid:
            return
        used, whole, before = self.paid.pop(which % len(self.paid))
        back = -(-(whole - before) * percent // 100)
        if back and self.does("give_back", lambda transfer: self.purse.give_back(used, whole, before, back, transfer)):
            before += back
        self.paid.append((used, whole, before))

    def bill_is_paid(self, which: int, points: int) -> None:
        bill = list(self.bills)[which]
        self.follows(bill, self.bills[bill] + points, may_earn=True)

    def bill_is_credited(self, which: int, percent: int) -> None:
        bill = list(self.bills)[which]
        self.follows(bill, self.bills[bill] * (100 - percent) // 100, may_earn=False)

    def follows(self, bill: UUID, wanted: int, *, may_earn: bool) -> None:
        self.bills[bill] = wanted
        earned, lost = a_movement(self.purse, "points_earned"), a_movement(self.purse, "points_taken_back")
        self.purse.follow_points(bill, wanted, may_earn=may_earn, terms=TERMS, earned=earned, lost=lost)
        for moved in (earned, lost):
            if moved.legs:
                moved.refuse_unbalanced()
                self.booked.append(moved)

    def gets_refund(self, amount: int) -> None:
        self.does("refund", lambda transfer: self.purse.refund(amount, transfer))

    def lapses(self) -> None:
        self.does("expiry", lambda transfer: self.purse.lapse(self.purse.lapsing(), transfer))


AMOUNT, PERCENT, BILL = st.integers(1, 60_000), st.just(100) | st.integers(1, 100), st.integers(0, 2)
OF_POINTS = (
    st.tuples(st.just("bill_is_paid"), BILL, st.integers(1, 900)),
    st.tuples(st.just("pays"), st.just("points"), PERCENT),
    st.tuples(st.just("bill_is_credited"), BILL, PERCENT),
    st.tuples(st.just("gives_back"), st.integers(0, 9), PERCENT),
    st.tuples(st.just("lapses")),
)
OF_ALL = (
    *OF_POINTS,
    st.tuples(st.just("tops_up"), AMOUNT),
    st.tuples(st.just("buys_package"), AMOUNT),
    st.tuples(st.just("gets_voucher"), AMOUNT),
    st.tuples(st.just("pays"), st.sampled_from(["stored_value", "package", "voucher"]), PERCENT),
    st.tuples(st.just("gets_refund"), AMOUNT),
)
LIVES = st.one_of(
    *(st.lists(st.tuples(st.integers(0, 12), st.one_of(*steps)), min_size=8, max_size=40) for steps in (OF_POINTS, OF_ALL))
)


@given(LIVES)
@settings(max_examples=300, deadline=None)
def test_every_unit_sums_to_zero_whatever_happens(steps: list[tuple[int, tuple[object, ...]]]) -> None:
    """R14: balances are the sums of their legs, never negative, at any time and in any order."""
    at = NOON
    story = Story()
    for days, (name, *given_) in steps:
        at += timedelta(days=days)
        with clock.stopped(at), bound(Cause(new_id(), "user:test", (STORE,))):
            getattr(story, str(name))(*given_)
            usable = story.purse.held("points")
        lots, accounts = Sums[tuple[object, bool]](), Sums[tuple[str, str]]()
        for transfer in story.booked:
            for leg in transfer.legs:
                accounts[leg.account, leg.unit] += leg.amount
                lots[leg.holding_id, leg.account == "package" and leg.unit == FEN] += leg.amount
        for unit in {unit for _, unit in accounts}:
            assert sum(amount for (_, of), amount in accounts.items() if of == unit) == 0
        for lot in story.purse.holdings:
            assert (lot.balance, lot.worth_fen) == (lots[lot.id, False], lots[lot.id, True])
            assert lot.balance >= 0
            assert lot.worth_fen >= 0
            assert lot.room >= 0, "whatever is left of it can lapse"
            assert not (lot.kind == "package" and lot.balance == 0 and lot.worth_fen), "no session is left, but its worth"
        short = story.purse.member.points_short
        assert short == -accounts["points_short", "points"] >= 0
        assert not (short and usable), "nobody has points and is short of them"


def follows(purse: Purse, bill: UUID, wanted: int) -> tuple[Transfer, Transfer]:
    """What the purse books when a bill, all paid, brings that many points."""
    earned, lost = a_movement(purse, "points_earned"), a_movement(purse, "points_taken_back")
    purse.follow_points(bill, wanted, may_earn=True, terms=TERMS, earned=earned, lost=lost)
    return earned, lost


def pays_by_points(purse: Purse, amount_fen: int) -> Transfer:
    used = a_movement(purse, method="points")
    purse.pay_by_points(amount_fen, TERMS, used)
    return used


def sides(transfer: Transfer) -> dict[str, int]:
    """What a movement came to, by account and unit."""
    transfer.refuse_unbalanced()
    found = Sums[str]()
    for leg in transfer.legs:
        found[f"{leg.account} {leg.unit}"] += leg.amount
    return dict(found)


def test_nothing_comes_out_of_nothing() -> None:
    purse = a_purse()
    transfer = a_movement(purse)
    with pytest.raises(ValueError, match="sum to"):
        purse.member.book(transfer)
    transfer.leg("principal", FEN, 5)
    with pytest.raises(ValueError, match="sum to"):
        purse.member.book(transfer)


def test_points_that_expire_first_are_spent_first() -> None:
    late, soon, gone = (points(100, NOON + timedelta(days=days)) for days in (90, 5, 0))
    purse = a_purse(late, gone, soon)
    purse.pay_by_points(260, TERMS, a_movement(purse))
    assert (soon.balance, late.balance, gone.balance) == (0, 70, 100)
    with pytest.raises(Invalid) as refused:
        purse.pay_by_points(3, TERMS, a_movement(purse))
    assert (refused.value.code, refused.value.field) == ("points_not_whole", "body.amount_fen")
    with pytest.raises(Refused) as too_many:
        purse.pay_by_points(142, TERMS, a_movement(purse))
    assert too_many.value.parameters == {"left": 70, "wanted": 71}


def test_the_price_of_a_card_is_shared_to_the_fen() -> None:
    """R14: by what the sessions cost without a card; the last session brings it to nought."""
    purse = a_purse()
    card = PackageCard(store_id=STORE, name="card", price_fen=10_000)
    sessions = [Session("oil", 3, 3_000), Session("wash", 3, 1_000)]
    purse.sell_package(card, sessions, NOON + timedelta(days=1), a_movement(purse))
    oil, wash = purse.lots("package")
    assert (oil.worth_fen, wash.worth_fen) == (7_500, 2_500)
    worth = []
    for _ in range(3):
        worth.append(wash.next_session_fen)
        purse.pay_by_session(wash, 1_000, a_movement(purse))
    assert (worth, wash.worth_fen) == ([834, 833, 833], 0)


def test_what_was_spent_stays_short_and_the_next_points_make_up_for_it() -> None:
    """R14: points of a credited bill never make a balance negative."""
    purse = a_purse()
    bill, other = new_id(), new_id()
    follows(purse, bill, 100)
    pays_by_points(purse, 80)
    _, lost = follows(purse, bill, 0)
    assert (purse.held("points"), lost.short, purse.member.points_short) == (0, 40, 40)
    follows(purse, other, 90)
    assert (purse.held("points"), purse.member.points_short) == (50, 0)


def test_points_that_come_back_first_make_up_for_what_is_short() -> None:
    """R14: the bill that brought the points is credited before the bill that they paid."""
    purse = a_purse()
    bill = new_id()
    follows(purse, bill, 100)
    used = pays_by_points(purse, 80)
    follows(purse, bill, 0)
    assert (purse.held("points"), purse.member.points_short) == (0, 40)
    part, rest = a_movement(purse, "give_back"), a_movement(purse, "give_back")
    purse.give_back(used, 80, 0, 30, part)
    assert (purse.held("points"), purse.member.points_short, sides(part)) == (
        0, 25, {"redeemed points": -15, "points_short points": 15, "redeemed fen": -30, "points_expense fen": 30},
    )  # fmt: skip
    purse.give_back(used, 80, 30, 50, rest)
    assert (purse.held("points"), purse.member.points_short) == (0, 0)
    with clock.stopped(NOON + timedelta(days=61)):
        assert purse.lapsing() == []


def test_points_that_come_back_to_a_lot_that_was_taken_back_stand_in_a_new_one() -> None:
    """R14: the take-back drew on another bill's points; what comes back expires when it would have."""
    purse = a_purse()
    bill, other = new_id(), new_id()
    follows(purse, bill, 100)
    used = pays_by_points(purse, 200)
    with clock.stopped(NOON + timedelta(days=10)):
        follows(purse, other, 100)
        follows(purse, bill, 0)
        assert (purse.held("points"), purse.member.points_short) == (0, 0)
        purse.give_back(used, 200, 0, 200, a_movement(purse, "give_back"))
        [back] = purse.lots("points")
    assert (back.balance, back.expires_at, back.source_id) == (100, NOON + timedelta(days=60), None)
    with clock.stopped(NOON + timedelta(days=61)):
        assert purse.lapsing() == [back]
        purse.lapse(purse.lapsing(), a_movement(purse))
    assert follows(purse, bill, 0)[1].legs == []


def test_what_is_short_can_be_seen_in_the_movement() -> None:
    """R14: also where nothing was left to take, and where new points are wholly used up by it."""
    purse = a_purse()
    bill, other = new_id(), new_id()
    follows(purse, bill, 100)
    pays_by_points(purse, 200)
    _, lost = follows(purse, bill, 0)
    assert (lost.short, sides(lost)) == (100, {"points_short points": -100, "points_expense points": 100})
    earned, _ = follows(purse, other, 60)
    assert (purse.member.points_short, sides(earned)) == (40, {"points_short points": 60, "points_expense points": -60})
    assert purse.lots("points") == []


def test_points_that_lapsed_are_not_taken_back_again() -> None:
    purse = a_purse()
    bill = new_id()
    follows(purse, bill, 100)
    with clock.stopped(NOON + timedelta(days=61)):
        purse.lapse(purse.lapsing(), a_movement(purse))
        _, lost = follows(purse, bill, 30)
    assert (lost.legs, lost.short, purse.member.points_short) == ([], 0, 0)


def test_bonuses_are_lost_in_proportion_when_money_goes_back() -> None:
    purse = a_purse()
    purse.top_up(20_000, TERMS, a_movement(purse))
    assert (purse.held("principal"), purse.held("bonus")) == (20_000, 2_000)
    purse.refund(5_001, a_movement(purse))
    assert (purse.held("principal"), purse.held("bonus")) == (14_999, 1_499)
    with pytest.raises(Refused) as refused:
        purse.refund(15_000, a_movement(purse))
    assert refused.value.code == "balance_too_small"


def test_a_purse_without_money_has_nothing_to_refund() -> None:
    purse: Purse = a_purse()
    with pytest.raises(Refused) as refused:
        purse.refund(1, a_movement(purse))
    assert refused.value.code == "balance_too_small"
