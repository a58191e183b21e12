"""What can be asked about customers' files."""

from typing import Literal

from pydantic import StrictBool

from services.reception.commands.fields import Channel, Days
from shared.fields import Body, Fen, Phone, ShortText


class ChangeContact(Body):
    """How a customer may be reached from now on."""

    name: ShortText
    phone: Phone
    channel: Channel = "phone"
    consent: StrictBool
    """Whether the customer may be called after the visit."""


class AgreeTerms(Body):
    """What a fleet or a regular customer may owe."""

    account_terms: StrictBool
    credit_limit_fen: Fen | None = None
    """The most that may stand on account in the whole group; left out: no limit."""
    payment_days: Days | None = None


class RegisterCustomer(ChangeContact):
    """Open a customer's file."""

    kind: Literal["person", "company"] = "person"
    account_terms: StrictBool = False
    """Whether invoices may be put on account."""
