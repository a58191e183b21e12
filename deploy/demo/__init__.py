"""The demonstration: cars of several stores go through the whole loop, over the HTTP APIs only."""

from deploy.demo.people import GivenUp
from deploy.demo.traffic import Outcome, drive

SHORT_WAITS = {"LOOP4S_SURVEY_OPENS_AFTER_S": "1", "LOOP4S_SURVEY_DUE_AFTER_S": "60", "LOOP4S_SCHEDULE_POLL_MS": "200"}
"""The demonstration does not wait two days for its surveys."""

__all__ = ["SHORT_WAITS", "GivenUp", "Outcome", "drive"]
