"""What the maker covers, and everything that speaks against a claim.

Judged by the repair date (the check-in's day in the store's zone), never by today; where no policy fits, nothing is covered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.claims.domain.repairs import AuthorisedOrder, Vehicle
from services.claims.domain.tables import Base
from shared import clock
from shared.policies import ALL, Policy

NAME = "warranty"
COVERED_NATURES = frozenset({"three_guarantee", "private", "commercial", "special_warranty"})

Failure = Literal[
    "vehicle_unknown",
    "nature_not_covered",
    "in_service_unknown",
    "no_policy",
    "months_exceeded",
    "km_exceeded",
    "cause_missing",
    "part_not_issued",
    "nothing_claimed",
]


class WarrantyPolicy(Policy, Base):
    """What the maker covers; the value of a version: brand, model (or null), months, km."""

    @property
    def brand(self) -> str:
        return str(self.value["brand"])

    @property
    def model(self) -> str | None:
        return self.value.get("model")

    @property
    def months(self) -> int:
        return int(self.value["months"])

    @property
    def km(self) -> int:
        return int(self.value["km"])

    def fits(self, vehicle: Vehicle) -> bool:
        """Whether it speaks of this vehicle's model, or of all models of its brand; case does not matter."""
        if self.brand.casefold() != vehicle.brand.casefold():
            return False
        return self.model is None or self.model.casefold() == vehicle.model.casefold()


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that speaks against the claim (nothing = covered), and the policy that it was judged by."""

    failures: list[Failure]
    policy: WarrantyPolicy | None


def in_force(
    policies: Iterable[WarrantyPolicy], vehicle: Vehicle, *, store_id: str, time_zone: str, on: date
) -> WarrantyPolicy | None:
    """The policy for this vehicle on this day: the store's before the group's, the model's before the brand's, then the newest
    (by `valid_from`, then version)."""
    fitting = [
        policy
        for policy in policies
        if policy.store_id in (store_id, ALL) and policy.fits(vehicle) and clock.day_in(time_zone, policy.valid_from) <= on
    ]
    return max(
        fitting, key=lambda one: (one.store_id == store_id, one.model is not None, one.valid_from, one.version), default=None
    )


def judge(repair: AuthorisedOrder, vehicle: Vehicle | None, policies: Iterable[WarrantyPolicy], *, time_zone: str) -> Judgement:
    """Whether the repair falls under the warranty of the vehicle; all failures at once."""
    if vehicle is None or not vehicle.identified_version:
        return Judgement(["vehicle_unknown"], None)
    failures: list[Failure] = []
    if vehicle.nature not in COVERED_NATURES:
        failures.append("nature_not_covered")
    if vehicle.in_service_on is None:
        failures.append("in_service_unknown")
    policy = in_force(policies, vehicle, store_id=repair.store_id, time_zone=time_zone, on=repair.opened_on)
    if policy is None:
        return Judgement([*failures, "no_policy"], None)
    if vehicle.in_service_on and outside(vehicle.in_service_on, policy.months, repair.opened_on):
        failures.append("months_exceeded")
    if repair.odometer_km > policy.km:
        failures.append("km_exceeded")
    return Judgement(failures, policy)


def outside(in_service_on: date, months: int, day: date) -> bool:
    """Whether the day lies behind the warranty's last day, which is still covered."""
    return day > in_service_on and day > clock.months_later(in_service_on, months)
