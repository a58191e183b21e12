"""What can be said about a photo."""

from typing import Literal

PhotoKind = Literal["damage", "exterior", "interior", "odometer", "belongings", "document", "other"]
