"""Tests of cases of suspect product."""
