"""The nouns of follow-up and their rules."""

from services.followup.domain.complaints import Complaint
from services.followup.domain.contacts import Contact
from services.followup.domain.policies import ALL, Policy, Terms
from services.followup.domain.surveys import Survey, SurveyAttempt
from services.followup.domain.tables import Base

__all__ = ["ALL", "Base", "Complaint", "Contact", "Policy", "Survey", "SurveyAttempt", "Terms"]
