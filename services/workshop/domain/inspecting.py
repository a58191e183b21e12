"""Inspecting a job: it passes and is completed, or is sent back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from sqlalchemy.orm import Mapped

from services.workshop.domain.clocks import Activity
from services.workshop.domain.inspections import Inspection
from services.workshop.domain.quality import QualityTerms
from services.workshop.domain.shares import NOTHING_AGREED, shares
from services.workshop.domain.working import ClockedWork
from shared import clock
from shared.database import new_id
from shared.events.workshop import JobCompleted, QualityFailed, QualityPassed
from shared.refusal import Refused

Fault = tuple[Literal["technician", "parts", "diagnosis", "other"] | None, str | None]
"""Whose fault it was, and what the cause was."""
UNTOLD: Fault = (None, None)
USUAL = QualityTerms()
NO_CHECKS: Mapping[str, str] = MappingProxyType({})


class InspectedWork(ClockedWork):
    """The part of a job that inspectors judge."""

    completed_at: Mapped[datetime | None]

    def pass_inspection(
        self,
        inspector: str,
        worked: Sequence[Activity],
        remark: str | None,
        agreed_bp: Mapping[str, int] = NOTHING_AGREED,
        road_test_km: int | None = None,
        checks: Mapping[str, str] = NO_CHECKS,
    ) -> tuple[Inspection, QualityPassed, JobCompleted]:
        """The quality check found no fault; `worked` are all activities of the job, `agreed_bp` the shares of its sold hours
        that technicians agreed on, `checks` who checked this round of work, by level.

        Refused: inspector_worked_on_it, illegal_transition.
        """
        inspection = self._inspected("completed", inspector, worked, remark)
        inspection.road_test_km = road_test_km
        self.completed_at, done_by = inspection.inspected_at, shares(worked, agreed_bp)
        passed = QualityPassed(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            rework_no=self.rework_no,
            inspector=inspector,
            road_tested=road_test_km is not None,
            passed_at=inspection.inspected_at,
            checks=dict(checks),
        )
        return (
            inspection,
            passed,
            JobCompleted(
                about=self.next_version(self.ro_id),
                ro_id=self.ro_id,
                op_code=self.op_code,
                cause=self.cause or "",
                correction=self.correction or "",
                actual_minutes=sum(share.worked_minutes for share in done_by),
                reworks=self.rework_no,
                shares=done_by,
                inspector=inspector,
                completed_at=inspection.inspected_at,
                comeback_of=self.comeback_of,
            ),
        )

    def fail_inspection(
        self,
        inspector: str,
        worked: Sequence[Activity],
        fault_code: str,
        remark: str | None,
        fault: Fault = UNTOLD,
        terms: QualityTerms = USUAL,
    ) -> tuple[Inspection, QualityFailed]:
        """The quality check sends the job back; by its `terms` the manager may have to say how to go on.

        Refused: inspector_worked_on_it, illegal_transition.
        """
        inspection = self._inspected("failed", inspector, worked, remark, fault_code)
        inspection.fault_owner, inspection.fault_cause = fault
        self.rework_no += 1
        return inspection, QualityFailed(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            rework_no=self.rework_no,
            fault_code=fault_code,
            inspector=inspector,
            failed_at=inspection.inspected_at,
            fault_owner=fault[0],
            needs_release=terms.needs_release(self.rework_no),
        )

    @staticmethod
    def refuse_inspector(inspector: str, worked: Sequence[Activity]) -> None:
        """Refused('inspector_worked_on_it') for who is among those who worked on the job (domain rules C7)."""
        if inspector in {activity.user for activity in worked}:
            raise Refused("inspector_worked_on_it", "Somebody who did not work on the job must inspect it.")

    def _inspected(
        self, to: str, inspector: str, worked: Sequence[Activity], remark: str | None, fault_code: str | None = None
    ) -> Inspection:
        self.refuse_inspector(inspector, worked)
        self.move(to)
        return Inspection(
            id=new_id(),
            store_id=self.store_id,
            job_id=self.id,
            rework_no=self.rework_no,
            result="passed" if to == "completed" else "failed",
            fault_code=fault_code,
            remark=remark,
            inspector=inspector,
            inspected_at=clock.now(),
        )
