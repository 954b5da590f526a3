"""Asking for events: EPCIS SimpleEventQuery, and when a subscription asks."""
