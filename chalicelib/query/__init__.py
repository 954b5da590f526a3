"""Asking for events: EPCIS 2.0 queries over what an organisation recorded or took part in."""
