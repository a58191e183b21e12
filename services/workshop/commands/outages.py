"""What can be asked about bays that cannot be used."""

from typing import Literal

from shared.fields import Body, Id, LongText, Moment


class TakeOut(Body):
    """A bay is out of order, or kept free for its maintenance.  `from_at` left out: from now on; `until_at` left out: nobody
    knows for how long."""

    kind: Literal["breakdown", "maintenance"] = "breakdown"
    reason: LongText
    from_at: Moment | None = None
    until_at: Moment | None = None
    equipment_id: Id | None = None
