"""Policies over HTTP: what a store, or the group for all stores, sets for itself."""

from services.workshop import handlers
from services.workshop.domain import CapacityTerms
from services.workshop.domain.policies import Terms
from shared.service.policies import policy_routes

router = policy_routes("workshop", Terms, following={CapacityTerms.NAME: handlers.plan_by_new_terms})
