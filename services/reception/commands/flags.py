"""What can be asked about what is to be remembered of a vehicle."""

from typing import Literal

from shared.fields import Body, Code, Day, LongText, ShortText

FlagKind = Literal["recall", "campaign", "three_guarantee", "note"]
"""召回, 服务活动, 三包预警, 备注"""


class RaiseFlag(Body):
    """Tell whoever receives this car next, in any store of the group."""

    kind: FlagKind
    code: Code
    """The maker's number of the recall or campaign, the rule of the warning …"""
    text: LongText
    valid_until_on: Day | None = None
    """Last day on which it counts; without one until somebody clears it."""


class ClearFlag(Body):
    """It is done, or was a mistake."""

    reason: ShortText
