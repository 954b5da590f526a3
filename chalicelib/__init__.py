"""Packtrail: what Lambda runs."""
