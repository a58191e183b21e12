"""What can be asked about appointments."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool

from shared.fields import Body, Code, FlatHoursMilli, Id, LongText, Moment, ShortText


class Need(Body):
    """Hours of one skill in one group of bays."""

    skill: Code
    bay_group: Code
    hours_milli: FlatHoursMilli


def _each_once(needs: tuple[Need, ...]) -> tuple[Need, ...]:
    if len({(need.skill, need.bay_group) for need in needs}) != len(needs):
        raise ValueError("each skill and group of bays is named once")
    return needs


Needs = Annotated[tuple[Need, ...], Field(max_length=10), AfterValidator(_each_once)]


class HoldAppointment(Body):
    """Keep a time and its hours for a customer while they make up their mind."""

    customer_id: Id
    vehicle_id: Id
    starts_at: Moment
    needs: Annotated[Needs, Field(min_length=1)]
    services: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    words: LongText | None = None
    """What the customer wishes, in their own words."""
    channel: Literal["phone", "wechat", "web", "counter"] = "phone"
    advisor: ShortText | None = None
    confirmed: StrictBool = False
    """Whether the customer says yes at once."""


class Reschedule(Body):
    """Another time for the same."""

    starts_at: Moment
    reason_code: Code


class CancelAppointment(Body):
    """The appointment is called off."""

    reason_code: Code
    cancelled_by: Literal["customer", "store"] = "customer"
    """Who does not want or cannot keep it."""


class AnswerReminder(Body):
    """What the customer says when reminded."""

    reply: Literal["confirm", "cancel"]
