"""What the workshop says.  The subject is the job (= the authorised labour line) unless the fact says otherwise.  One file per
subject."""

from shared.events.workshop.capacities import CapacityChanged
from shared.events.workshop.clocks import CountedWork, LabourClockedOff, LabourClockedOn, LabourCorrected
from shared.events.workshop.jobs import (
    JobCompleted,
    JobDispatched,
    JobReassigned,
    JobSetBack,
    QualityFailed,
    QualityPassed,
    TechnicianShare,
)
from shared.events.workshop.notes import NoteWritten
from shared.events.workshop.promises import PromiseAtRisk
from shared.events.workshop.safety import (
    SafetyFindingOpened,
    SafetyFindingOverdue,
    SafetyFindingResolved,
    SafetyFindingVerified,
    SafetyRoundCompleted,
    SafetyRoundMissed,
    SafetyRoundOverdue,
)
from shared.events.workshop.sublets import SubletFailed, SubletPassed, SubletReturned, SubletSent
from shared.events.workshop.supplements import SupplementLine, SupplementProposed

__all__ = [
    "CapacityChanged",
    "CountedWork",
    "JobCompleted",
    "JobDispatched",
    "JobReassigned",
    "JobSetBack",
    "LabourClockedOff",
    "LabourClockedOn",
    "LabourCorrected",
    "NoteWritten",
    "PromiseAtRisk",
    "QualityFailed",
    "QualityPassed",
    "SafetyFindingOpened",
    "SafetyFindingOverdue",
    "SafetyFindingResolved",
    "SafetyFindingVerified",
    "SafetyRoundCompleted",
    "SafetyRoundMissed",
    "SafetyRoundOverdue",
    "SubletFailed",
    "SubletPassed",
    "SubletReturned",
    "SubletSent",
    "SupplementLine",
    "SupplementProposed",
    "TechnicianShare",
]  # fmt: skip
