"""How much processor time process trees have used."""

from collections.abc import Iterable
from contextlib import suppress

import psutil


def used_by(pids: Iterable[int]) -> float:
    """Seconds in user and system mode of these processes and all below them, ended children included."""
    return sum(_tree(pid) for pid in pids)


def _tree(pid: int) -> float:
    root = psutil.Process(pid)
    seconds = 0.0
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds
