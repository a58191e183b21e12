"""What the group's vehicle-sales system says.  It is a neighbour: it speaks to Loop4S and hears nothing of it, and what it says
is checked here as a request would be."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import StrictBool

from shared.events import Event
from shared.fields import Phone, PlateNo, ShortText, Vin

__all__ = ["VehicleSold"]


class VehicleSold(Event):
    """Personal.  A car was sold: to whom, and from when its warranty runs.  Subject: the sale.  Said again with a higher
    version, the whole sale holds as it is said then; the car of a sale never changes, another car is another sale."""

    type: ClassVar[str] = "sales.vehicle_sold.v1"
    personal: ClassVar[bool] = True
    hearers: ClassVar[frozenset[str]] = frozenset({"reception"})
    vin: Vin
    plate: PlateNo | None = None
    brand: ShortText
    model: ShortText
    nature: Literal["three_guarantee", "private", "commercial", "special_warranty", "no_warranty"] = "private"
    kind: Literal["person", "company"]
    """Of the buyer."""
    name: ShortText
    phone: Phone
    channel: Literal["phone", "sms", "wechat", "email"] = "phone"
    consent: StrictBool
    """Whether the buyer may be called after a visit."""
    sold_on: date
    in_service_on: date
    """Day of the purchase invoice, when the warranty begins."""
