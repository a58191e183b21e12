"""Quality: who has to check what before a job is done, and jobs that come back (自检, 互检, 终检, 路试, 外返)."""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.policies import Terms
from services.workshop.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore, new_id
from shared.fields import BasisPoints
from shared.money import WHOLE_BP
from shared.refusal import Refused

Level = Literal["self", "team", "release"]


class QualityTerms(Terms, name="quality"):
    """Which checks a job needs."""

    self_check: bool = True
    """Whoever finishes the work says that they have checked it."""
    team_check: Literal["never", "rework", "always"] = "rework"
    """When a colleague must look at it before the inspector does; a comeback is rework from the first."""
    road_test_bp: BasisPoints = 1_000
    """So many of ten thousand jobs are driven, chosen by their id."""
    road_test_skills: list[str] = Field(default_factory=list)
    """Jobs of these skills are always driven."""
    most_reworks: Annotated[int, Field(ge=0, le=10)] = 2
    """A job that failed more often is gone on with only when the manager says so."""
    comeback_days: Annotated[int, Field(ge=0, le=730)] = 30
    """The same car with the same group of concerns so soon after a completed job: it has come back."""

    def needs_team_check(self, *, repeated: bool) -> bool:
        """In this round of work."""
        return self.team_check == "always" or (self.team_check == "rework" and repeated)

    def needs_road_test(self, job_id: UUID, skill: str, *, repeated: bool) -> bool:
        """Always the same answer for one job; what was sent back, or has come back, is always driven."""
        return repeated or skill in self.road_test_skills or job_id.int % WHOLE_BP < self.road_test_bp

    def needs_release(self, rework_no: int) -> bool:
        """Whether it failed too often."""
        return rework_no > self.most_reworks

    def refuse_unsure(self, *, self_checked: bool) -> None:
        """Refused('self_check_missing') for finishing work that nobody says to have checked."""
        if self.self_check and not self_checked:
            raise Refused("self_check_missing", "Check your work first, and say so.")

    def refuse_unchecked(self, made: Container[str], *, repeated: bool) -> None:
        """Refused('team_check_missing') for the final inspection of work that a colleague must see first."""
        if self.needs_team_check(repeated=repeated) and "team" not in made:
            raise Refused("team_check_missing", "A colleague must check this work first.")

    def refuse_undriven(self, job_id: UUID, skill: str, road_test_km: int | None, *, repeated: bool) -> None:
        """Refused('road_test_needed') for passing a job that was chosen to be driven."""
        if road_test_km is None and self.needs_road_test(job_id, skill, repeated=repeated):
            raise Refused("road_test_needed", "This car must be driven before it passes.")

    def refuse_unreleased(self, made: Container[str], rework_no: int) -> None:
        """Refused('manager_needed') for going on with what failed too often."""
        if self.needs_release(rework_no) and "release" not in made:
            raise Refused("manager_needed", "It failed too often: the manager must say how to go on.", rework_no=rework_no)


def concern_group(code: str) -> str:
    """What stands before the first '-' or '_' of a concern code, in lower case ('BRK-NOISE' and 'brk_pull' -> 'brk')."""
    return code.lower().replace("_", "-").partition("-")[0]


class JobCheck(Effect, OfStore, Base):
    """A check of one round of work before the final inspection: by the technician (`self`), by a colleague (`team`); or the
    manager's word that a job that failed too often is gone on with (`release`).  Never changed afterwards."""

    __tablename__ = "job_checks"
    __table_args__ = (
        UniqueConstraint("job_id", "rework_no", "level"),
        CheckConstraint("level IN ('self', 'team', 'release')", name="level"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))
    rework_no: Mapped[int]
    level: Mapped[str]
    checked_by: Mapped[str]
    checked_at: Mapped[datetime]
    remark: Mapped[str | None]

    @classmethod
    def made(cls, job_id: UUID, store_id: str, rework_no: int, level: Level, remark: str | None = None) -> Self:
        """Now, by whoever asks."""
        return cls(
            id=new_id(),
            store_id=store_id,
            job_id=job_id,
            rework_no=rework_no,
            level=level,
            checked_by=cause().actor.removeprefix("user:"),
            checked_at=clock.now(),
            remark=remark,
        )


def refuse_inspector_who_checked(made: Mapping[str, str], inspector: str) -> None:
    """Refused('inspector_checked_it') for who made the colleague's check, too; `made`: who checked, by level."""
    if made.get("team") == inspector:
        raise Refused("inspector_checked_it", "Somebody who has not checked this work yet must inspect it.")
