"""Which job next, by whom, where: a documented rule that says in words why (派工), and what was done against it.

Jobs are ranked by their slack: the minutes until the promise that the flat-rate hours leave, less what a waiting customer,
urgency and the time that the job has been ready weigh.  In that order each job gets, of those who have the skill and the
certificates and nothing yet in this proposal, who is free, then who has the least work before them, then who can do the least
besides (the others are kept for what only they can do), then by code; and a free bay of a kind that fits.  Work that was begun
and lost its bay goes back first of all to who has it, however much they have to do: they know the car.  A dispatcher who
takes a job before one that the same hands or the same bay could have had says why (no cherry-picking, 挑单), and so does who
gives a job to somebody else than is proposed for it or into a bay of another kind (those of a kind are alike), takes one from
the technician that has it, gives one to somebody with more of them than they are proposed for, or into a bay of a kind that
is not meant for its work.  Whom the skill or a certificate is missing is given nothing at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from services.workshop.domain.policies import Terms
from shared.fields import Code
from shared.refusal import Invalid

Weight = Annotated[int, Field(ge=0, le=10_000)]
WhyNot = Literal["nobody_with_the_skill", "nobody_certified", "nobody_free", "no_free_bay", "no_tool"]
Lost = Literal["no_longer_ready", "job_changed", "proposed_otherwise"] | WhyNot
Words: TypeAlias = tuple[str, str]
"""In Chinese, in English."""


class DispatchTerms(Terms, name="dispatch"):
    """What makes a job come before another, in minutes of slack, whether overruling needs a reason, and which there are."""

    waiting_customer_minutes: Weight = 60
    urgent_minutes: Weight = 120
    tier_minutes: Mapping[str, Weight] = Field(default_factory=lambda: {"vip": 45})
    """By the customer's tier of membership, whatever the case of its letters; a tier that is left out does not count."""
    minutes_per_hour_ready: Weight = 5
    most_waiting_jobs: Annotated[int, Field(ge=1, le=50)] = 3
    """As many jobs that are not begun a technician is proposed for, at most."""
    reason_required: bool = True
    reasons: Annotated[tuple[Code, ...], Field(min_length=1, max_length=50)] = (
        "customer_asked", "customer_waits_outside", "parts_delayed", "technician_asked_for", "technician_away",
        "knows_the_car", "rework", "training", "own_choice",
    )  # fmt: skip
    """What a dispatcher may give as the reason."""

    def tier_weight(self, tier: str | None) -> int:
        """Minutes that the tier of membership counts."""
        weights = {name.lower(): minutes for name, minutes in self.tier_minutes.items()}
        return weights.get(tier.lower(), 0) if tier is not None else 0

    def refuse_unlisted(self, reason_code: str | None) -> None:
        """Invalid('unknown_reason') for a reason that is not among the listed ones."""
        if reason_code is not None and reason_code not in self.reasons:
            known = list(self.reasons)
            raise Invalid("body.reason_code", "unknown_reason", "There is no such reason.", known=known)


@dataclass(frozen=True, slots=True)
class ReadyJob:
    """A job that nobody has yet, or that was begun and has no bay in which it could go on; `minutes` are left of it."""

    id: UUID
    version: int
    ro_no: str
    skill: str
    op_code: str
    minutes: int
    promised_at: datetime
    ready_since: datetime
    customer_waits: bool
    urgent: bool
    tier: str | None = None
    """Of the customer's membership."""
    lacks_tool: bool = False
    """What it needs is out of order: nobody can do it now."""
    begun_by: str | None = None
    """Who has it; None: it is not begun."""
    predicted_at: datetime | None = None
    """When it will be done, as its promise was last looked at; None: nobody knows."""


@dataclass(frozen=True, slots=True)
class FreeHand:
    """A technician who is there; `queue_minutes` is the work that they were given, have not done and can go on with."""

    code: str
    skills: frozenset[str]
    works: bool
    waiting_jobs: int
    queue_minutes: int
    lacks: frozenset[str] = frozenset()
    """Operations for which a certificate is missing."""

    def can(self, job: ReadyJob) -> bool:
        """By skill and certificate, with a tool that can be used."""
        return not job.lacks_tool and job.skill in self.skills and job.op_code not in self.lacks

    def may_be_given(self, job: ReadyJob, terms: DispatchTerms) -> bool:
        """Whether they can, and it is theirs already or they have not enough to do."""
        return self.can(job) and (self.code == job.begun_by or self.waiting_jobs < terms.most_waiting_jobs)


@dataclass(frozen=True, slots=True)
class FreeBay:
    """A bay in order with no car in it; `skills` is the work that may be done there, None for any."""

    code: str
    kind: str
    skills: frozenset[str] | None = None

    def fits(self, job: ReadyJob) -> bool:
        """Whether the job's work can be done there."""
        return self.skills is None or job.skill in self.skills


@dataclass(frozen=True, slots=True)
class Proposed:
    """One job's place in the ranking, and who should do it where; or (nobody, nowhere) `why_not`."""

    job: ReadyJob
    rank: int
    slack_minutes: int
    technician: str | None = None
    bay: str | None = None
    why_not: WhyNot | None = None
    reasons: Sequence[Words] = field(default=())

    @property
    def because(self) -> str:
        """The reasons as a sentence."""
        return "; ".join(en for _, en in self.reasons) + "."

    @property
    def because_zh(self) -> str:
        """The same in Chinese."""
        return "；".join(zh for zh, _ in self.reasons) + "。"


@dataclass(frozen=True, slots=True)
class Seen:
    """A pair as somebody was shown it; `job_version` None: whichever."""

    job_id: UUID
    technician: str
    bay: str
    job_version: int | None = None

    def lost(self, now: Proposed | None) -> Lost | None:
        """Why it cannot be given out as it was seen; None: it can, whatever the clock shows meanwhile.  `now` is what is
        proposed for the job since, None for a job that is not ready."""
        if now is None:
            return "no_longer_ready"
        if self.job_version not in (None, now.job.version):
            return "job_changed"
        return None if (self.technician, self.bay) == (now.technician, now.bay) else now.why_not or "proposed_otherwise"


def propose(
    jobs: Iterable[ReadyJob], hands: Iterable[FreeHand], bays: Iterable[FreeBay], terms: DispatchTerms, now: datetime
) -> list[Proposed]:
    """All jobs in their order; nobody and no bay is proposed twice."""
    free_hands, free_bays = {hand.code: hand for hand in hands}, {bay.code: bay for bay in bays}
    everybody, mean = list(free_hands.values()), _mean([hand.queue_minutes for hand in free_hands.values()])
    proposed = []
    for rank, (slack, job) in enumerate(sorted(((_slack(job, terms, now), job) for job in jobs), key=_first), 1):
        able = [hand for hand in free_hands.values() if hand.may_be_given(job, terms)]
        places = [bay for bay in free_bays.values() if bay.fits(job)]
        reasons = _about(job, terms, now)
        if not able or not places:
            proposed.append(Proposed(job, rank, slack, why_not=_why_not(job, everybody, able), reasons=reasons))
            continue
        hand = min(able, key=lambda hand: (hand.code != job.begun_by, *_load(hand)))
        # A bay that suits fewer kinds of work is kept no freer by leaving it empty: it goes first.
        bay = min(places, key=lambda bay: (bay.skills is None, len(bay.skills or ()), bay.code))
        del free_hands[hand.code], free_bays[bay.code]
        reasons = [*reasons, _about_hand(hand, job, mean), _about_bay(bay)]
        proposed.append(Proposed(job, rank, slack, hand.code, bay.code, reasons=reasons))
    return proposed


def skipped(
    proposal: Sequence[Proposed], job_id: UUID, hand: FreeHand, bay: FreeBay, bays: Iterable[FreeBay]
) -> list[Proposed]:
    """The jobs that come before this one and were meant for the same hands or the same bay, or wait though these hands could
    do them here or in one of the free `bays` that nobody is meant for, or wait for just such a bay.  Who does the job that they
    are proposed for passes over nothing that they were not."""
    meant = {each.bay for each in proposal}
    theirs = any(each.job.id == job_id and each.technician == hand.code for each in proposal)
    places = [bay, *(each for each in bays if each.code not in meant)]
    before: list[Proposed] = []
    for each in proposal:
        if each.job.id == job_id:
            return before
        if each.technician is None:
            over = not theirs and hand.can(each.job) and any(place.fits(each.job) for place in places)
            over = over or (each.why_not == "no_free_bay" and bay.fits(each.job))
        else:
            over = hand.code == each.technician or bay.code == each.bay
        if over:
            before.append(each)
    return []


def _slack(job: ReadyJob, terms: DispatchTerms, now: datetime) -> int:
    left = _minutes(job.promised_at, now) - job.minutes
    left -= terms.waiting_customer_minutes if job.customer_waits else 0
    left -= terms.urgent_minutes if job.urgent else 0
    left -= terms.tier_weight(job.tier)
    return left - max(0, _minutes(now, job.ready_since)) * terms.minutes_per_hour_ready // 60


def _load(hand: FreeHand) -> tuple[bool, int, int, str]:
    return hand.works, hand.queue_minutes, len(hand.skills), hand.code


def _first(ranked: tuple[int, ReadyJob]) -> tuple[int, datetime, UUID]:
    slack, job = ranked
    return slack, job.promised_at, job.id


def _minutes(later: datetime, earlier: datetime) -> int:
    return int((later - earlier).total_seconds() // 60)


def _mean(figures: Sequence[int]) -> int:
    return sum(figures) // len(figures) if figures else 0


def _about(job: ReadyJob, terms: DispatchTerms, now: datetime) -> list[Words]:
    left, work = _minutes(job.promised_at, now), job.minutes
    promise = (
        (f"距承诺交车 {left} 分钟", f"promised in {left} minutes")
        if left >= 0
        else (f"已超过承诺时间 {-left} 分钟", f"promised {-left} minutes ago")
    )
    told = [(f"{promise[0]}，需工时 {work} 分钟", f"{promise[1]}, {work} minutes of work")]
    told += [("已开工，需要重新安排工位", "it was begun and needs a bay again")] if job.begun_by is not None else []
    told += [("客户在店等候", "the customer waits")] if job.customer_waits else []
    told += [("加急", "it is urgent")] if job.urgent else []
    member = (f"客户是 {job.tier} 会员", f"the customer is a {job.tier} member")
    return told + ([member] if terms.tier_weight(job.tier) else [])


def _about_hand(hand: FreeHand, job: ReadyJob, mean: int) -> Words:
    state = ("正在做其他工单", "works on another job") if hand.works else ("空闲", "is free")
    less, ahead = mean - hand.queue_minutes, hand.queue_minutes
    load = (
        (f"手上工作比平均少 {less} 分钟", f"{less} minutes less work than the mean")
        if less > 0
        else (f"之前还有 {ahead} 分钟的工作", f"{ahead} minutes of work before it")
    )
    skill = (f"具备技能 {job.skill}", f"has the skill {job.skill}")
    why = ("熟悉这辆车", "knows the car") if hand.code == job.begun_by else skill
    return f"{hand.code} {why[0]}，{state[0]}，{load[0]}", f"{hand.code} {why[1]}, {state[1]}, {load[1]}"


def _about_bay(bay: FreeBay) -> Words:
    return f"工位 {bay.code}（{bay.kind}）空闲且适用", f"bay {bay.code} ({bay.kind}) is free and fits"


def _why_not(job: ReadyJob, everybody: Sequence[FreeHand], able: Sequence[FreeHand]) -> WhyNot:
    if job.lacks_tool:
        return "no_tool"
    if able:
        return "no_free_bay"
    if not any(job.skill in hand.skills for hand in everybody):
        return "nobody_with_the_skill"
    return "nobody_certified" if not any(hand.can(job) for hand in everybody) else "nobody_free"
