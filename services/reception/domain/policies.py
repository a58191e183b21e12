"""What each store, or the group for all of them, may set for itself at the front desk."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from services.reception.domain.tables import Base
from shared.policies import Policy
from shared.refusal import Invalid, Unknown


class ReceptionPolicy(Policy, Base):
    """One version of one policy's terms: `value` holds what is set otherwise than the defaults."""


class Terms(BaseModel):
    """The terms of one policy; the fields' defaults hold where nobody set anything.  A subject derives its own in its domain
    file: `class AppointmentTerms(Terms, name="appointments")`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    NAME: ClassVar[str]
    KINDS: ClassVar[dict[str, type["Terms"]]] = {}

    def __init_subclass__(cls, *, name: str, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.NAME = name
        Terms.KINDS[name] = cls

    @classmethod
    def under(cls, policy: ReceptionPolicy | None) -> Self:
        """The defaults, with what the policy says otherwise."""
        return cls.model_validate(policy.value if policy else {})


def terms_named(name: str) -> type[Terms]:
    """Unknown(policy) for a name that nothing is judged by."""
    if name not in Terms.KINDS:
        raise Unknown("policy")
    return Terms.KINDS[name]


def checked(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """The value as it is kept; Invalid naming the first field that does not fit."""
    try:
        return terms_named(name).model_validate(dict(value)).model_dump(mode="json", exclude_unset=True)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, ("body", "value", *first["loc"])))
        raise Invalid(place, first["type"], first["msg"]) from None
