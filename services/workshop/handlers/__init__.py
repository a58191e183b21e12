"""What the workshop does: load the rows, let them decide, announce what they say.

Every transaction locks orders, then part lines, then jobs, then sublet work, then inspection sheets, then bays, then
supplements, then technicians, then their attendances and activities, then their shifts, then the store's capacity plan, then
capacities, each of them in the order of keys.  An outage that begins by due work is locked before all of these: who holds any
of them never waits for an outage.  A plan of safety rounds is locked before its rounds, a round before its findings; neither is
locked with any of the others.
"""

from services.workshop.handlers.appointments import note_appointment
from services.workshop.handlers.bays import add_bay
from services.workshop.handlers.bulletins import import_bulletins, use_bulletin
from services.workshop.handlers.capacities import plan_capacity, review_load
from services.workshop.handlers.capacity_plans import plan_by_new_terms, plan_store
from services.workshop.handlers.checklists import plan_all_rounds, write_checklist
from services.workshop.handlers.checks import check_work, release
from services.workshop.handlers.clocks import announce_overtime, clock_in, clock_out, close_forgotten, turn_to
from services.workshop.handlers.corrections import correct_attendance, split_activity
from services.workshop.handlers.dispatching import accept_proposal, dispatch_job, proposal
from services.workshop.handlers.equipment import add_equipment, plan_maintenance, record_maintenance
from services.workshop.handlers.hands import add_hand, release_hand
from services.workshop.handlers.jobs import finish_job, inspect_job, leave_bay, pause_job, start_job
from services.workshop.handlers.notes import write_note
from services.workshop.handlers.orders import (
    close_jobs,
    labour_line_ids,
    note_lending,
    note_stage,
    open_jobs,
    part_line_ids,
    sublet_line_ids,
)
from services.workshop.handlers.outages import begin_outage, end_outage, take_out, take_out_equipment
from services.workshop.handlers.promises import note_promise, review_promise
from services.workshop.handlers.rounds import answer_items, complete_round, note_overdue, open_rounds
from services.workshop.handlers.safety_findings import (
    assign_finding,
    note_finding_overdue,
    reopen_finding,
    resolve_finding,
    verify_finding,
)
from services.workshop.handlers.sheets import (
    answer_points,
    complete_sheet,
    keep_sheet_photo,
    locked_sheet,
    open_sheet,
    propose_findings,
)
from services.workshop.handlers.shifts import call_off, plan_absence, plan_shifts, withdraw_absence
from services.workshop.handlers.sublets import check_sublet, locked_sublet, send_sublet, take_back_sublet
from services.workshop.handlers.supplements import note_decision, note_price, propose_supplement
from services.workshop.handlers.technicians import (
    add_technician,
    change_certificates,
    change_grade,
    change_skills,
    leave_store,
)
from services.workshop.handlers.vehicles import know_vehicle
from services.workshop.handlers.wastes import hand_over_waste

__all__ = [
    "accept_proposal",
    "add_bay",
    "add_equipment",
    "add_hand",
    "add_technician",
    "announce_overtime",
    "answer_items",
    "answer_points",
    "assign_finding",
    "begin_outage",
    "call_off",
    "change_certificates",
    "change_grade",
    "change_skills",
    "check_sublet",
    "check_work",
    "clock_in",
    "clock_out",
    "close_forgotten",
    "close_jobs",
    "complete_round",
    "complete_sheet",
    "correct_attendance",
    "dispatch_job",
    "end_outage",
    "finish_job",
    "hand_over_waste",
    "import_bulletins",
    "inspect_job",
    "keep_sheet_photo",
    "know_vehicle",
    "labour_line_ids",
    "leave_bay",
    "leave_store",
    "locked_sheet",
    "locked_sublet",
    "note_appointment",
    "note_decision",
    "note_finding_overdue",
    "note_lending",
    "note_overdue",
    "note_price",
    "note_promise",
    "note_stage",
    "open_jobs",
    "open_rounds",
    "open_sheet",
    "part_line_ids",
    "pause_job",
    "plan_absence",
    "plan_all_rounds",
    "plan_by_new_terms",
    "plan_capacity",
    "plan_maintenance",
    "plan_shifts",
    "plan_store",
    "proposal",
    "propose_findings",
    "propose_supplement",
    "record_maintenance",
    "release",
    "release_hand",
    "reopen_finding",
    "resolve_finding",
    "review_load",
    "review_promise",
    "send_sublet",
    "split_activity",
    "start_job",
    "sublet_line_ids",
    "take_back_sublet",
    "take_out",
    "take_out_equipment",
    "turn_to",
    "use_bulletin",
    "verify_finding",
    "withdraw_absence",
    "write_checklist",
    "write_note",
]
