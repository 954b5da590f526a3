"""Telling a subscriber which events a named query finds, as they come or by the clock."""
