"""Who touched what: one JSON line per act of an operator, appended to a file, and said in the log."""

import getpass
import json
import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from shared import clock
from shared.settings import Settings

log = structlog.get_logger("audit")


@dataclass(frozen=True, slots=True)
class Audit:
    """Writes to one file, which only its owner may read."""

    file: Path

    @classmethod
    def of(cls, settings: Settings) -> "Audit":
        """`audit.jsonl` in the data folder: the private servers' own, else `.loop4s` where the operator stands."""
        return cls((settings.demo_data or Path(".loop4s")) / "audit.jsonl")

    def write(self, act: str, **about: object) -> None:
        """Add one line and force it to disk; OSError when it cannot be kept, and then the act must not happen."""
        line = {"at": clock.now().isoformat(), "actor": getpass.getuser(), "act": act, **about}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as kept:
            kept.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            kept.flush()
            os.fsync(kept.fileno())
        log.info(act, actor=line["actor"], **about)
