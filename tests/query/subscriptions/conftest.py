"""Fixtures of the tests about subscriptions."""

from tests.notify.conftest import receiver

__all__ = ["receiver"]
