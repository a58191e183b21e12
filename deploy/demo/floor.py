"""The workshop floor of a demonstration's store: who works there, in which bays, and how a job comes to both."""

from dataclasses import dataclass

from deploy.demo.people import Person, Refusal

CREW: tuple[tuple[str, ...], ...] = (
    ("mechanical", "accessories"),
    ("mechanical", "detailing"),
    ("mechanical",),
    ("body", "paint"),
    ("paint", "body"),
    ("detailing",),
    ("accessories",),
)
"""The skills of each technician; the first is their trade, and every trade of the demonstration has somebody."""
BAYS = ("lift", "lift", "lift", "body", "paint", "detailing", "accessories")
"""The kind of each bay."""
BAY_OF = {"body": "body", "paint": "paint", "detailing": "detailing", "accessories": "accessories"}
"""Where a trade's cars stand; all others on a lift."""


def bay_for(skill: str) -> str:
    """The kind of bay in which this skill is exercised."""
    return BAY_OF.get(skill, "lift")


@dataclass(frozen=True, slots=True)
class Pair:
    """The technician and the bay that a job was given to."""

    technician: str
    bay: str


MEANWHILE = ("conflict", "bay_occupied", "bay_out_of_order", "left_the_store")
"""Refusals of what was possible when the proposal was read."""


async def give_out(dispatcher: Person, store: str, job: str) -> Pair:
    """Accept what the workshop proposes for the job, as soon as there is somebody, and a bay, for it."""
    at = f"/stores/{store}/dispatch-proposal"

    async def accepted() -> Pair | None:
        proposed = (await dispatcher.ask(at))["items"]
        line = next((each for each in proposed if each["job_id"] == job and each["technician"]), None)
        if line is None:
            return None
        seen = {"job_id": job, "job_version": line["version"], "technician": line["technician"], "bay": line["bay"]}
        try:
            answer = await dispatcher.do(f"{at}/acceptance", {"seen": [seen]})
        except Refusal as refused:
            if refused.code in MEANWHILE:
                return None
            raise
        return Pair(line["technician"], line["bay"]) if answer["items"] else None

    pair: Pair = await dispatcher.until(f"somebody to be proposed for job {job}", accepted)
    return pair
