"""What can be said of a finding."""

from shared.fields import Body, Day, LongText, ShortText


class AssignFinding(Body):
    """Somebody puts it right by that day of the store."""

    owner: ShortText
    due_on: Day
    reason: LongText | None = None


class ResolveFinding(Body):
    """It was put right."""

    done: LongText


class VerifyFinding(Body):
    """Somebody else looked, and it is so."""

    remark: LongText | None = None


class ReopenFinding(Body):
    """It was not put right, or not for long."""

    reason: LongText
    due_on: Day
