"""Policies over HTTP: what a store, or the group for all stores, sets for itself."""

from services.reception.domain.policies import Terms
from shared.service.policies import policy_routes

router = policy_routes("reception", Terms)
