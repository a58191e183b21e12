"""What can be asked about technicians' clocks."""

from typing import Annotated, Literal

from pydantic import Field

from shared.fields import Body, Code, Id, LongText, Moment

OffJobs = Literal["idle", "wait_parts", "wait_approval", "break", "training", "shop"]
Share = Annotated[int, Field(strict=True, gt=0, lt=10_000)]


class TurnTo(Body):
    """Do this from now on; `job_id` is what is waited for.  Work on a job begins at the job."""

    kind: OffJobs
    job_id: Id | None = None


class AnnounceOvertime(Body):
    """Work beyond the shift, until this moment."""

    until_at: Moment


class AddHand(Body):
    """A technician helps on the job; `share_bp` is the agreed share of its sold hours, left out where the time decides."""

    technician: Code
    share_bp: Share | None = None


class ToldActivity(Body):
    """A stretch of an attendance as it really was."""

    kind: Literal["job", "rework", "idle", "wait_parts", "wait_approval", "break", "training", "shop"]
    job_id: Id | None = None
    started_at: Moment
    ended_at: Moment


class CorrectAttendance(Body):
    """How the attendance really was, from its first minute to its last; left out: it was as the clock says."""

    reason: LongText
    activities: Annotated[tuple[ToldActivity, ...], Field(min_length=1, max_length=200)] | None = None


class WorkShare(Body):
    """A job's part of the time."""

    job_id: Id
    share_bp: Share


class SplitActivity(Body):
    """The time was worked on several jobs of the same car."""

    reason: LongText
    shares: Annotated[tuple[WorkShare, ...], Field(min_length=2, max_length=20)]
