"""What can be asked about customers' files."""

from typing import Literal

from pydantic import StrictBool

from services.reception.commands.fields import Channel
from shared.fields import Body, Phone, ShortText


class ChangeContact(Body):
    """How a customer may be reached from now on."""

    name: ShortText
    phone: Phone
    channel: Channel = "phone"
    consent: StrictBool
    """Whether the customer may be called after the visit."""


class RegisterCustomer(ChangeContact):
    """Open a customer's file."""

    kind: Literal["person", "company"] = "person"
    account_terms: StrictBool = False
    """Whether invoices may be put on account."""
