"""Field types that several requests of reception use."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field


def _iso(day: object) -> object:
    if not (isinstance(day, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII)):
        raise ValueError("should be a day of the form YYYY-MM-DD")
    return day


Day = Annotated[date, BeforeValidator(_iso)]
"""A calendar day, YYYY-MM-DD."""
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
JsonObject = Annotated[dict[str, Any], Field(max_length=100)]
"""A JSON object whose fields depend on what it is for."""
