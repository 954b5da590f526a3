"""Fixtures of the tests about alerts."""

from tests.notify.conftest import receiver

__all__ = ["receiver"]
