"""What can be asked about customers' files."""

from typing import Literal

from pydantic import StrictBool

from services.reception.commands.fields import Channel, Days, VipLevel
from shared.fields import Body, Code, Fen, LongText, Phone, ShortText


class ChangeContact(Body):
    """How a customer may be reached from now on."""

    name: ShortText
    phone: Phone
    channel: Channel = "phone"
    consent: StrictBool
    """Whether the customer may be called after the visit."""


class DescribeCustomer(Body):
    """Complete a customer's file; what is left out stays as it is."""

    address: LongText | None = None
    services_wished: LongText | None = None
    """What the customer would like to be offered, in their own words."""


class RegisterCustomer(ChangeContact, DescribeCustomer):
    """Open a customer's file."""

    kind: Literal["person", "company"] = "person"
    contact_name: ShortText | None = None
    """Whom to ask for, where that is somebody else than the customer (a company's driver …)."""
    account_terms: StrictBool = False
    """Whether invoices may be put on account."""


class ConfirmFile(Body):
    """The customer says that the file is right as it stands."""


class AgreeTerms(Body):
    """The terms of a customer, in place of those before."""

    account_terms: StrictBool
    """Whether invoices may be put on account."""
    credit_limit_fen: Fen | None = None
    """How much may stand on account at most; None: no limit."""
    payment_days: Days | None = None
    """Within how many days what stands on account is paid."""
    vip_level: VipLevel = 0
    fleet: ShortText | None = None
    price_agreement: Code | None = None
