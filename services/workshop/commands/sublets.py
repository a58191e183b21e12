"""What can be asked about work that another firm does."""

from typing import Literal, Self

from pydantic import StrictBool, model_validator

from shared.fields import Body, Code, Fen, Id, LongText, Moment, ShortText


class SendSublet(Body):
    """Give it to a firm.  `takes_car`: the whole car goes there; otherwise a part of it, and `job_id` is the job that waits for
    that part."""

    vendor: ShortText
    cost_fen: Fen
    """What the firm will ask, tax included."""
    due_at: Moment
    takes_car: StrictBool = True
    job_id: Id | None = None

    @model_validator(mode="after")
    def _waits_for_a_part(self) -> Self:
        if self.takes_car and self.job_id is not None:
            raise ValueError("while the firm has the car all jobs wait: name no job")
        return self


class TakeBackSublet(Body):
    """It is back, with the firm's bill or delivery note."""

    document_no: ShortText
    cost_fen: Fen | None = None
    """What the firm bills, where it is not what was expected."""


class CheckSublet(Body):
    """What the house found when it checked the firm's work; a failed check names the fault."""

    result: Literal["passed", "failed"]
    fault_code: Code | None = None
    remark: LongText | None = None
