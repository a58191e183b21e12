"""The hearing half: every fact applied exactly once, in any order, whatever dies.

`hears` describes what a service does with a fact and which rows it needs; `apply` runs a batch of heard facts in one
transaction that also claims their ids; `Hearing` takes them from the queue, acks after the commit, and sends what fails up
the retry ladder and at last to the dead letters.
"""

from shared.inbox.applying import Heard, apply
from shared.inbox.hearing import Hearing
from shared.inbox.hears import Hears, Load, hears, locked, stubs

__all__ = ["Heard", "Hearing", "Hears", "Load", "apply", "hears", "locked", "stubs"]
