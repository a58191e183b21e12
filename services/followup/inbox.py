"""What follow-up hears, what falls due, and what it does with it."""

from services.followup import handlers
from services.followup.domain import Contact, Reminder, Survey
from shared.events import Event
from shared.events.reception import ContactChanged, CustomerMerged, VehicleDelivered, VehicleFileOpened
from shared.inbox import Hears, hears, stubs
from shared.schedule import DueWork

HEARS: dict[type[Event], Hears] = {
    VehicleDelivered: hears(handlers.plan_survey, loads=[stubs(Survey, lambda event: [Survey.id_for(event.about.subject)])]),
    ContactChanged: hears(handlers.keep_contact, loads=[stubs(Contact, lambda event: [event.about.subject])]),
    CustomerMerged: hears(handlers.follow_merge, loads=[stubs(Contact, lambda event: [event.about.subject])]),
    VehicleFileOpened: hears(
        handlers.plan_first_maintenance,
        loads=[stubs(Reminder, lambda event: [Reminder.first_maintenance_of(event.about.subject)])],
    ),
}

DUE = [
    DueWork("open_survey", Survey, Survey.opens_at, waiting=lambda: Survey.state == "waiting", do=handlers.open_survey),
]
