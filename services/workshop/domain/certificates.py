"""Which work needs a certificate."""

from datetime import date

from pydantic import Field

from services.workshop.domain.policies import Terms
from services.workshop.domain.technicians import Technician
from shared.refusal import Refused


class CertificateTerms(Terms, name="certificates"):
    """Certificates without which nobody's clock runs: for a skill, for an operation.  Nothing is needed by default."""

    by_skill: dict[str, list[str]] = Field(default_factory=dict)
    by_op_code: dict[str, list[str]] = Field(default_factory=dict)

    def missing(self, technician: Technician, skill: str, op_code: str, on: date) -> list[str]:
        """What the technician lacks on that day, by code."""
        needed = {*self.by_skill.get(skill, ()), *self.by_op_code.get(op_code, ())}
        return sorted(code for code in needed if not technician.holds(code, on))

    def refuse_uncertified(self, technician: Technician, skill: str, op_code: str, on: date) -> None:
        """Refused('certificate_missing') (domain rules C7)."""
        if missing := self.missing(technician, skill, op_code, on):
            raise Refused(
                "certificate_missing", "This work needs a certificate that the technician lacks.", certificates=missing
            )
