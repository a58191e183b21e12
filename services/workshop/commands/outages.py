"""What can be asked about bays that cannot be used."""

from typing import Literal

from shared.fields import Body, Id, LongText, Moment


class TakeOutEquipment(Body):
    """A piece of equipment is out of order, or maintained.  `from_at` left out: from now on; `until_at` left out: nobody knows
    for how long."""

    kind: Literal["breakdown", "maintenance"] = "breakdown"
    reason: LongText
    from_at: Moment | None = None
    until_at: Moment | None = None


class TakeOut(TakeOutEquipment):
    """A bay is out of order, or kept free for its maintenance; `equipment_id` is what broke there, or is maintained."""

    equipment_id: Id | None = None
