"""What can be asked about vehicles' files."""

from services.reception.commands.fields import Nature
from shared.fields import Body, Day, Id, PlateNo, ShortText, Vin


class IdentifyVehicle(Body):
    """What a car is, and whose."""

    plate: PlateNo
    brand: ShortText
    model: ShortText
    nature: Nature = "private"
    in_service_on: Day | None = None
    """Day of the purchase invoice, when the warranty began."""
    customer_id: Id


class RegisterVehicle(IdentifyVehicle):
    """Open a car's file."""

    vin: Vin
