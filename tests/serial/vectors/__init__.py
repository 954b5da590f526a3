"""Frozen vectors: packs in the field carry these numbers, so these files never change."""
