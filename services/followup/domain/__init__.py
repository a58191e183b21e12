"""The nouns of follow-up and their rules."""

from services.followup.domain.complaints import Complaint
from services.followup.domain.contacts import Contact
from services.followup.domain.policies import SurveyPolicy, Terms
from services.followup.domain.reminders import Reminder
from services.followup.domain.surveys import Survey, SurveyAttempt
from services.followup.domain.tables import Base

__all__ = ["Base", "Complaint", "Contact", "Reminder", "Survey", "SurveyAttempt", "SurveyPolicy", "Terms"]
