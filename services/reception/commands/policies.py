"""What can be asked about policies."""

from services.reception.commands.fields import JsonObject
from shared.fields import Body, Code, Moment


class SetPolicy(Body):
    """A store, or the group, sets terms for itself from a moment on."""

    value: JsonObject
    """Only what differs from the defaults."""
    valid_from: Moment | None = None
    """Now, when left out."""


class SetGroupPolicy(SetPolicy):
    """The same for all stores that have no terms of their own."""

    name: Code
