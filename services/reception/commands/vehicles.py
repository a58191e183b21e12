"""What can be asked about vehicles' files."""

from services.reception.commands.fields import MaintenanceKm, Months, Nature, VehicleType
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


class DescribeVehicle(Body):
    """Complete a car's file; what is left out stays as it is."""

    vehicle_type: VehicleType | None = None
    maintenance_months: Months | None = None
    """The interval at which the car wants maintenance, whichever comes first."""
    maintenance_km: MaintenanceKm | None = None


class RegisterVehicle(IdentifyVehicle, DescribeVehicle):
    """Open a car's file."""

    vin: Vin


class ConfirmVehicle(Body):
    """Plate and papers were looked at and are as the file says."""


class ChangeOwner(Body):
    """A car belongs to another customer from now on."""

    customer_id: Id
    plate: PlateNo | None = None
    """The new plate, where it changed with the owner."""
