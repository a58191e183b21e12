"""Field types that several requests of reception use."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

Channel = Literal["phone", "sms", "wechat", "email"]
Nature = Literal["three_guarantee", "private", "commercial", "special_warranty", "no_warranty"]
"""三包车, 非营运, 营运用车, 特殊保修车, 非保修车: decides which warranty policies may apply."""
VehicleType = Literal["car", "suv", "mpv", "van", "pickup", "bus", "truck", "motorcycle", "other"]
ContactRole = Literal["owner", "office", "driver", "family", "fleet_manager", "accountant"]
MinuteOfDay = Annotated[int, Field(strict=True, ge=0, lt=24 * 60)]
"""Minutes since midnight."""
Panel = Literal[
    "front_bumper", "rear_bumper", "bonnet", "boot_lid", "roof", "windscreen", "rear_window", "left_front_wing",
    "right_front_wing", "left_rear_wing", "right_rear_wing", "left_front_door", "right_front_door", "left_rear_door",
    "right_rear_door", "left_sill", "right_sill", "left_mirror", "right_mirror", "wheel_front_left", "wheel_front_right",
    "wheel_rear_left", "wheel_rear_right", "interior",
]  # fmt: skip
Days = Annotated[int, Field(strict=True, ge=0, le=365)]
"""A number of days, up to a year."""
IdentityTail = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{4}$", strict=True)]
"""The last four characters of an identity document's number; more is never kept."""
VipLevel = Annotated[int, Field(strict=True, ge=0, le=3)]
"""0: none, to 3: the highest."""
Months = Annotated[int, Field(strict=True, ge=1, le=120)]
"""A number of months, up to ten years."""
MaintenanceKm = Annotated[int, Field(strict=True, ge=100, le=200_000)]
"""Kilometres between two services."""
