"""Chaos: while the loop turns, everything is killed at least once; afterwards the invariants must hold exactly."""
