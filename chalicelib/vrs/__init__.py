"""Verification of product identifiers between trading partners (GS1 US, DSCSA)."""
