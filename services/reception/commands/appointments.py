"""What can be asked about appointments."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, model_validator

from shared.fields import Body, Code, FlatHoursMilli, Id, LongText, Moment, ShortText


class Need(Body):
    """Hours of one skill in one group of bays."""

    skill: Code
    bay_group: Code
    hours_milli: FlatHoursMilli


Needs = Annotated[tuple[Need, ...], Field(min_length=1, max_length=10)]


class HoldAppointment(Body):
    """Keep a time and its hours for a customer while they make up their mind."""

    customer_id: Id
    vehicle_id: Id
    starts_at: Moment
    needs: Needs
    services: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    words: LongText | None = None
    """What the customer wishes, in their own words."""
    channel: Literal["phone", "wechat", "web", "counter"] = "phone"
    advisor: ShortText | None = None
    confirmed: StrictBool = False
    """Whether the customer says yes at once."""

    @model_validator(mode="after")
    def _each_need_once(self) -> "HoldAppointment":
        if len({(need.skill, need.bay_group) for need in self.needs}) != len(self.needs):
            raise ValueError("each skill and group of bays is named once")
        return self


class Reschedule(Body):
    """Another time for the same."""

    starts_at: Moment
    reason_code: Code


class CancelAppointment(Body):
    """The appointment is called off."""

    reason_code: Code


class AnswerReminder(Body):
    """What the customer says when reminded."""

    reply: Literal["confirm", "cancel"]
