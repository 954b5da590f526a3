"""Tests of what customers bring back."""
