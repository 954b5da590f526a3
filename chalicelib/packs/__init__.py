"""Packs in the states of the EU: verified, supplied, exported, …, and what that alerts."""
