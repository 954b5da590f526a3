"""Lots of a product: expiry, origin, status."""
