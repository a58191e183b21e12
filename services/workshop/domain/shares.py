"""Who did how much of a job: minutes by the clock, and each technician's share of the sold hours."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType

from services.workshop.domain.clocks import ON_JOBS, Activity
from shared.events.workshop import TechnicianShare
from shared.money import WHOLE_BP, spread

NOTHING_AGREED: Mapping[str, int] = MappingProxyType({})


def whole_minutes(worked: timedelta) -> int:
    """Half up."""
    return (int(worked.total_seconds()) + 30) // 60


def share_out(whole: int, worked: Mapping[str, int], agreed_bp: Mapping[str, int]) -> dict[str, int]:
    """A whole over those who worked, by technician code: what was agreed of it, the rest by time (largest remainder); all of
    it, also where all have agreed on less or more."""
    agreed = {technician: share for technician, share in agreed_bp.items() if technician in worked}
    others = sorted(worked.keys() - agreed.keys())
    if not others:
        return dict(zip(agreed, spread(whole, list(agreed.values())), strict=True)) if agreed else {}
    fixed = {technician: whole * share // WHOLE_BP for technician, share in agreed.items()}
    rest = spread(whole - sum(fixed.values()), [worked[technician] for technician in others])
    return fixed | dict(zip(others, rest, strict=True))


def shares(activities: Iterable[Activity], agreed_bp: Mapping[str, int] = NOTHING_AGREED) -> list[TechnicianShare]:
    """Each technician's whole minutes (half up, of the sum) in the ended activities that count, by technician code, and their
    share of the sold hours: what was agreed, the rest by time worked (largest remainder), so that all add up to 10,000."""
    seconds: defaultdict[str, int] = defaultdict(int)
    for activity in activities:
        if activity.ended_at is not None and activity.superseded_by is None and activity.kind in ON_JOBS:
            seconds[activity.technician] += int((activity.ended_at - activity.started_at).total_seconds())
    by_technician = share_out(WHOLE_BP, seconds, agreed_bp)
    return [
        TechnicianShare(
            technician=technician, worked_minutes=whole_minutes(timedelta(seconds=worked)), share_bp=by_technician[technician]
        )
        for technician, worked in sorted(seconds.items())
    ]
