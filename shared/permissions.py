"""Who may do what: action -> roles x scope, as one table.  Whatever is not in the table is refused."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from shared.database import ALL_STORES
from shared.identity import Caller
from shared.refusal import Refused

Role = Literal[
    "advisor",
    "dispatcher",
    "technician",
    "inspector",
    "parts_clerk",
    "cashier",
    "followup_agent",
    "claims_clerk",
    "store_manager",
    "group_manager",
    "integration",
    "ops",
]
ROLES: frozenset[str] = frozenset(get_args(Role))

Scope = Literal["store", "own"]
"""`store`: everything of the stores where the role is granted; `own`: there, only what is assigned to the caller."""


@dataclass(frozen=True, slots=True)
class Permission:
    """The roles that may perform an action, and how far it reaches."""

    roles: frozenset[Role]
    scope: Scope = "store"


def _by(*roles: Role, scope: Scope = "store") -> Permission:
    return Permission(frozenset(roles), scope)


def _read_by(*roles: Role) -> Permission:
    return _by(*roles, "store_manager", "group_manager")


ACTIONS = MappingProxyType(
    {
        "reception.read": _read_by("advisor", "cashier", "dispatcher"),
        "reception.read_customer_files": _read_by("advisor", "cashier"),
        "reception.keep_customer_files": _by("advisor"),
        "reception.keep_appointments": _by("advisor", "followup_agent", "integration"),
        "reception.merge_customers": _by("store_manager", "group_manager"),
        "reception.set_customer_terms": _by("store_manager", "group_manager"),
        "reception.check_in": _by("advisor"),
        "reception.flag_vehicles": _by("advisor", "store_manager", "group_manager"),
        "reception.rescue": _by("advisor"),
        "reception.estimate": _by("advisor"),
        "reception.authorise": _by("advisor"),
        "reception.settle": _by("advisor", "cashier"),
        "reception.take_payment": _by("cashier"),
        "reception.credit_invoice": _by("cashier", "store_manager"),
        "reception.read_daily_record": _read_by("cashier"),
        "reception.read_members": _read_by("advisor", "cashier"),
        "reception.keep_members": _by("advisor", "cashier"),
        "reception.sell_to_members": _by("cashier"),
        "reception.issue_vouchers": _by("store_manager", "group_manager"),
        "reception.refund_members": _by("cashier", "store_manager"),
        "reception.read_trial_balance": _read_by(),
        "reception.deliver": _by("advisor"),
        "reception.set_policies": _by("store_manager"),
        "reception.set_group_policies": _by("group_manager"),
        "reception.complete_services": _by("advisor"),
        "reception.read_margins": _by("store_manager", "group_manager"),
        "reception.keep_operations": _by("group_manager"),
        "reception.keep_packages": _by("store_manager", "group_manager"),
        "reception.ask_approval": _read_by("advisor", "cashier"),
        "reception.decide_approval": _by("store_manager", "group_manager"),
        "workshop.read": _read_by("advisor", "dispatcher", "technician", "inspector", "parts_clerk"),
        "workshop.read_findings": _read_by("advisor", "technician", "inspector"),
        "workshop.read_measures": _read_by("dispatcher"),
        "workshop.keep_resources": _by("dispatcher", "store_manager"),
        "workshop.dispatch": _by("dispatcher"),
        "workshop.work": _by("technician", scope="own"),
        "workshop.write_notes": _by("technician", "inspector"),
        "workshop.propose_supplements": _by("technician", "inspector"),
        "workshop.read_clocks": _read_by("dispatcher"),
        "workshop.correct_clocks": _by("dispatcher", "store_manager"),
        "workshop.stop_work": _by("dispatcher", "store_manager"),
        "workshop.inspect": _by("inspector"),
        "workshop.write_bulletins": _by("store_manager"),
        "workshop.write_group_bulletins": _by("group_manager"),
        "workshop.check_work": _by("technician"),
        "workshop.release_rework": _by("store_manager"),
        "workshop.write_checklists": _by("store_manager"),
        "workshop.write_group_checklists": _by("group_manager"),
        "workshop.make_rounds": _by("technician", "dispatcher", "inspector", "parts_clerk", "store_manager"),
        "workshop.assign_findings": _by("dispatcher", "store_manager"),
        "workshop.resolve_findings": _by("technician", "dispatcher", "inspector", "parts_clerk", "advisor", "store_manager"),
        "workshop.verify_findings": _by("dispatcher", "inspector", "store_manager"),
        "workshop.hand_over_waste": _by("dispatcher", "store_manager"),
        "workshop.set_policies": _by("store_manager"),
        "workshop.set_group_policies": _by("group_manager"),
        "parts.read": _read_by("parts_clerk", "advisor", "dispatcher", "technician"),
        "parts.keep_catalogue": _by("parts_clerk"),
        "parts.change_catalogue": _by("store_manager", "group_manager"),
        "parts.receive": _by("parts_clerk"),
        "parts.issue": _by("parts_clerk"),
        "followup.read": _read_by("followup_agent"),
        "followup.answer": _by("followup_agent"),
        "followup.handle_complaint": _by("followup_agent", "store_manager"),
        "claims.read": _read_by("claims_clerk", "integration"),
        "claims.keep_policies": _by("claims_clerk"),
        "claims.keep_group_policies": _by("group_manager"),
        "claims.prepare": _by("claims_clerk"),
        "claims.decide": _by("claims_clerk", "integration"),
        "claims.record_payment": _by("claims_clerk", "integration"),
        "console.board": _read_by(
            "advisor", "dispatcher", "technician", "inspector", "parts_clerk", "cashier", "followup_agent", "claims_clerk"
        ),
        "console.queues": _by("ops"),
    }
)


def stores_for(caller: Caller, action: str) -> tuple[str, ...]:
    """The store codes in which the caller may perform the action, ('*',) for all of them.

    Refused('not_allowed', 403) when there is none; KeyError when the table does not know the action.
    """
    roles = ACTIONS[action].roles
    codes = tuple(sorted(code for code, granted in caller.grants.items() if roles & granted))
    if not codes:
        raise NotAllowed(action)
    return (ALL_STORES,) if ALL_STORES in codes else codes


class NotAllowed(Refused):
    """The caller has no role for this action in any store.  Over HTTP: 403."""

    status = 403

    def __init__(self, action: str) -> None:
        super().__init__("not_allowed", "Your roles do not allow this.", action=action)
