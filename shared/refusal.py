"""How a rule says no: one exception family, which every door turns into its own form (problem+json, dead letter)."""

from typing import ClassVar


class Refused(Exception):
    """A business rule does not allow this.

    `code` is stable and machine-readable (snake_case); `detail` is one English sentence without personal data;
    `parameters` are the figures a reader needs (limits, states, ids).  Over HTTP: 409; as an event: dead letter, no retry.
    """

    status: ClassVar[int] = 409

    def __init__(self, code: str, detail: str, **parameters: object) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.parameters = code, detail, parameters


class Unknown(Refused):
    """There is no such thing for this caller; what belongs to another store looks the same.  Over HTTP: 404."""

    status: ClassVar[int] = 404

    def __init__(self, what: str) -> None:
        super().__init__("not_found", f"No such {what}.", what=what)


class Invalid(Refused):
    """One field breaks a rule that its type cannot express (a VIN's check digit).  Over HTTP: 422 naming the field."""

    status: ClassVar[int] = 422

    def __init__(self, field: str, code: str, detail: str, **parameters: object) -> None:
        super().__init__(code, detail, **parameters)
        self.field = field


class Stale(Refused):
    """Somebody else changed the thing since the caller read it.  Over HTTP: 412."""

    status: ClassVar[int] = 412

    def __init__(self, current: int) -> None:
        super().__init__("stale", "The resource was changed meanwhile; read it again.", current=current)


class NotYet(Exception):
    """A heard fact cannot be applied before another one; the inbox tries again later (used where a stub is impossible)."""
