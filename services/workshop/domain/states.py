"""The states of a job and the steps between them."""

UNAUTHORISED = "unauthorised"
"""Heard of, but not (yet) authorised: no job for anybody outside."""
NOT_BEGUN = frozenset({"waiting", "ready", "dispatched"})
IN_A_BAY = frozenset({"dispatched", "working", "paused", "finished", "failed"})
"""Given out: the car is in a bay, unless it made room while its work stands."""
ON_THE_BOARD = NOT_BEGUN | IN_A_BAY
STANDING = frozenset({"paused", "finished", "failed"})
"""Begun, and nobody works on it: the car need not stand in a bay."""
TO_GIVE_OUT = frozenset({"ready", "paused", "failed"})
"""May be in need of a bay: not begun yet, or begun and standing."""
OPEN = "state IN ('waiting', 'ready', 'dispatched', 'working', 'paused', 'finished', 'failed')"
"""The same as a condition on rows, word for word that of the index on open jobs, so that PostgreSQL sees that it fits."""

STEPS = frozenset(
    {
        ("waiting", "ready"), ("ready", "waiting"), ("ready", "dispatched"),
        ("dispatched", "ready"), ("dispatched", "dispatched"), ("paused", "dispatched"), ("failed", "dispatched"),
        ("dispatched", "working"), ("paused", "working"), ("failed", "working"),
        ("working", "paused"), ("working", "finished"),
        ("finished", "failed"), ("finished", "completed"),
        *((state, "cancelled") for state in ON_THE_BOARD), ("cancelled", "waiting"),
    }
)  # fmt: skip
"""Dispatched again: to somebody else; back to ready: its bay is out of order.
From cancelled back to waiting: withdrawn by reception, then authorised anew."""
