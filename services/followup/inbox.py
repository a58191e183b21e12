"""What follow-up hears, what falls due, and what it does with it."""

from services.followup import handlers
from services.followup.domain import Contact, Survey
from shared.events import Event
from shared.events.reception import ContactChanged, VehicleDelivered
from shared.inbox import Hears, hears, stubs
from shared.schedule import DueWork

HEARS: dict[type[Event], Hears] = {
    VehicleDelivered: hears(handlers.plan_survey, loads=[stubs(Survey, lambda event: [Survey.id_for(event.about.subject)])]),
    ContactChanged: hears(handlers.keep_contact, loads=[stubs(Contact, lambda event: [event.about.subject])]),
}

DUE = [
    DueWork("open_survey", Survey, Survey.opens_at, waiting=lambda: Survey.state == "waiting", do=handlers.open_survey),
]
