"""What can be asked about consents."""

from typing import Literal

from pydantic import StrictBool

from shared.fields import Body, Code

Purpose = Literal["service_calls", "surveys", "marketing", "photos"]


class KeepConsent(Body):
    """The customer's word on one purpose: given, or refused or withdrawn."""

    purpose: Purpose
    given: StrictBool
    text_version: Code
    """Which text was shown or read out."""
    channel: Literal["counter", "paper", "phone", "message", "link"] = "counter"
