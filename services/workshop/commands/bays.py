"""What can be asked about bays."""

from shared.fields import Body, Code


class AddBay(Body):
    """The store has one more bay; `kind` says what it is fit for, e.g. `lift`."""

    code: Code
    kind: Code
