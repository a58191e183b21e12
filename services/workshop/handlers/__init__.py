"""What the workshop does: load the rows, let them decide, announce what they say.

Every transaction locks orders, then part lines, then jobs, then bays, then supplements, then technicians, then their
attendances and activities, each of them in the order of keys.
"""

from services.workshop.handlers.bays import add_bay
from services.workshop.handlers.capacities import plan_capacity, review_load
from services.workshop.handlers.clocks import announce_overtime, clock_in, clock_out, close_forgotten, turn_to
from services.workshop.handlers.corrections import correct_attendance, split_activity
from services.workshop.handlers.hands import add_hand, release_hand
from services.workshop.handlers.jobs import dispatch_job, finish_job, inspect_job, pause_job, start_job
from services.workshop.handlers.orders import close_jobs, labour_line_ids, note_stage, open_jobs, part_line_ids
from services.workshop.handlers.supplements import note_decision, propose_supplement
from services.workshop.handlers.technicians import add_technician
from services.workshop.handlers.vehicles import know_vehicle

__all__ = [
    "add_bay",
    "add_hand",
    "add_technician",
    "announce_overtime",
    "clock_in",
    "clock_out",
    "close_forgotten",
    "close_jobs",
    "correct_attendance",
    "dispatch_job",
    "finish_job",
    "inspect_job",
    "know_vehicle",
    "labour_line_ids",
    "note_decision",
    "note_stage",
    "open_jobs",
    "part_line_ids",
    "pause_job",
    "plan_capacity",
    "propose_supplement",
    "release_hand",
    "review_load",
    "split_activity",
    "start_job",
    "turn_to",
]
