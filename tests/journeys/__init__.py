"""Whole journeys through the six services as processes, on real servers."""
