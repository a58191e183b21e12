"""The workshop floor of a demonstration's store: who works there, in which bays, and who is free."""

import asyncio
from dataclasses import dataclass, field

from deploy.demo.people import Json

CREW: tuple[tuple[str, ...], ...] = (
    ("mechanical", "accessories"),
    ("mechanical", "detailing"),
    ("mechanical",),
    ("body", "paint"),
)
"""The skills of each technician."""
BAYS = ("lift", "lift", "lift", "body", "paint")
"""The kind of each bay."""
BAY_OF = {"body": "body", "paint": "paint"}
"""Where a trade's cars stand; all others on a lift."""


def bay_for(skill: str) -> str:
    """The kind of bay in which this skill is exercised."""
    return BAY_OF.get(skill, "lift")


@dataclass
class Floor:
    """The technicians (code -> skills) and bays (code -> kind) that nobody has given work or a car to."""

    technicians: dict[str, tuple[str, ...]] = field(default_factory=dict)
    bays: dict[str, str] = field(default_factory=dict)
    places: dict[str, Json] = field(default_factory=dict)
    """All bays by code, as they were added."""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, skill: str) -> "Pair":
        """A technician with this skill and a bay where it can be exercised, as soon as both are free."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._who(skill) and self._where(skill))
            technician, bay = self._who(skill)[0], self._where(skill)[0]
            return Pair(technician, self.technicians.pop(technician), bay, self.bays.pop(bay))

    async def give_back(self, pair: "Pair") -> None:
        """The work is done, the bay is empty."""
        async with self._changed:
            self.technicians[pair.technician], self.bays[pair.bay] = pair.skills, pair.kind
            self._changed.notify_all()

    def _who(self, skill: str) -> list[str]:
        """Who can do the least besides comes first: the others are kept for what only they can do."""
        able = [code for code, skills in self.technicians.items() if skill in skills]
        return sorted(able, key=lambda code: (len(self.technicians[code]), code))

    def _where(self, skill: str) -> list[str]:
        return sorted(code for code, kind in self.bays.items() if kind == bay_for(skill))


@dataclass(frozen=True, slots=True)
class Pair:
    """A technician and a bay that were taken together."""

    technician: str
    skills: tuple[str, ...]
    bay: str
    kind: str
