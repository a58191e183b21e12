"""What can be asked about approvals."""

from typing import Literal

from pydantic import StrictBool

from shared.fields import Body, Id, JsonObject, ShortText

ApprovalKind = Literal[
    "discount", "price", "over_ceiling", "payer_switch", "refund", "credit_note", "goods_adjustment",
    "cost_estimate", "cancellation", "stored_value_refund",
]  # fmt: skip


class AskApproval(Body):
    """Ask for a second pair of eyes; kind, subject and values stand in the refusal `approval_needed`."""

    kind: ApprovalKind
    subject_id: Id
    values: JsonObject
    reason: ShortText


class DecideApproval(Body):
    """Grant or refuse what somebody else asked for."""

    granted: StrictBool
    note: ShortText | None = None
