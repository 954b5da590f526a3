"""Packtrail on one machine."""
