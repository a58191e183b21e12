"""How much the workshop has behind it, and what the clock shows."""

from datetime import UTC, datetime

STORE, FINISHED = "sh01", 30_000
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
