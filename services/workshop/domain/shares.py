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


def shares(activities: Iterable[Activity], agreed_bp: Mapping[str, int] = NOTHING_AGREED) -> list[TechnicianShare]:
    """Each technician's whole minutes (half up, of the sum) in the ended activities that count, by technician code, and their
    share of the sold hours: what was agreed, the rest by time worked (largest remainder), so that all add up to 10,000."""
    seconds: defaultdict[str, int] = defaultdict(int)
    for activity in activities:
        if activity.ended_at is not None and activity.superseded_by is None and activity.kind in ON_JOBS:
            seconds[activity.technician] += int((activity.ended_at - activity.started_at).total_seconds())
    agreed = {technician: share for technician, share in agreed_bp.items() if technician in seconds}
    if agreed.keys() == seconds.keys():
        shared = spread(WHOLE_BP, list(agreed.values())) if agreed else []
        by_technician = dict(zip(agreed, shared, strict=True))
    else:
        others = sorted(seconds.keys() - agreed.keys())
        rest = spread(WHOLE_BP - sum(agreed.values()), [seconds[technician] for technician in others])
        by_technician = {**agreed, **dict(zip(others, rest, strict=True))}
    return [
        TechnicianShare(
            technician=technician, worked_minutes=whole_minutes(timedelta(seconds=worked)), share_bp=by_technician[technician]
        )
        for technician, worked in sorted(seconds.items())
    ]
