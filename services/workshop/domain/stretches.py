"""Stretches of time: adding them up, and cutting one out of the other."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

Stretch: TypeAlias = tuple[datetime, datetime]
"""From … to; empty when the end is not after the beginning."""


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same moments without overlaps, oldest first."""
    found: list[Stretch] = []
    for begin, end in sorted(each for each in stretches if each[0] < each[1]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def minutes_of(stretches: Sequence[Stretch]) -> int:
    """Whole minutes of stretches that do not overlap."""
    return sum((end - begin for begin, end in stretches), timedelta()) // timedelta(minutes=1)


def common(some: Iterable[Stretch], others: Iterable[Stretch]) -> list[Stretch]:
    """What both have."""
    right = merged(others)
    pairs = ((max(begin, start), min(end, stop)) for begin, end in merged(some) for start, stop in right)
    return [each for each in pairs if each[0] < each[1]]


def without(some: Iterable[Stretch], others: Iterable[Stretch]) -> list[Stretch]:
    """What the first have and the others have not, oldest first."""
    left = merged(some)
    for start, stop in merged(others):
        cut = [part for begin, end in left for part in ((begin, min(end, start)), (max(begin, stop), end))]
        left = [part for part in cut if part[0] < part[1]]
    return left
