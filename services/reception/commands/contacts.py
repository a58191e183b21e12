"""What can be asked about the people of a customer."""

from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints, model_validator

from services.reception.commands.fields import Channel, ContactRole, MinuteOfDay
from shared.fields import Body, Phone, ShortText

Email = Annotated[
    ShortText, StringConstraints(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$")
]


class KeepContact(Body):
    """All that is known of one person now."""

    name: ShortText
    role: ContactRole
    phone: Phone
    email: Email | None = None
    channel: Channel = "phone"
    quiet_from_minutes: MinuteOfDay | None = None
    """Between the two nobody calls, in the home store's zone; over midnight when the first is larger."""
    quiet_until_minutes: MinuteOfDay | None = None
    is_primary: Annotated[StrictBool, Field(description="Whether the customer is reached through this person")] = False

    @model_validator(mode="after")
    def _both_ends(self) -> "KeepContact":
        if (self.quiet_from_minutes is None) != (self.quiet_until_minutes is None):
            raise ValueError("quiet hours need both ends")
        if self.quiet_from_minutes is not None and self.quiet_from_minutes == self.quiet_until_minutes:
            raise ValueError("quiet hours need two different ends")
        return self


class RemoveContact(Body):
    """This person is no longer called."""
