"""Endpoints: where an organisation wants to be told, and what signs what is sent there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.errors import Conflict, Raced

OVERLAP = timedelta(hours=24)
"""How long the old secret still signs beside a new one."""

MOST_ENDPOINTS = 20
"""Live endpoints of one organisation."""

REMEMBERED = 50
"""Deleted endpoints of one organisation that a late repeat does not bring back."""


@dataclass(frozen=True, slots=True)
class Seed:
    """What a signing secret is derived from; not itself a secret.

    Attributes:
        text: unique for ever.
        until: when it stops signing; None for the current one.
    """

    text: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of an organisation that wants to be told.

    Attributes:
        id: 32 hexadecimal digits.
        organisation: whose it is.
        url: checked by `address`.
        types: what it wants to hear of.
        seeds: newest first; more than one while a rotation overlaps.
        created: when it was registered.
        fingerprint: of the request that registered it.
        disabled: why nothing is sent any more; empty while it works.
        deleted: taken away by its owner; kept so that a late repeat does not bring it back.
        version: counts changes.
    """

    id: str
    organisation: str
    url: str
    types: tuple[str, ...]
    seeds: tuple[Seed, ...]
    created: datetime
    fingerprint: str
    disabled: str = ""
    deleted: bool = False
    version: int = 1

    def wants(self, kind: str) -> bool:
        """Whether messages of that type are to be sent."""
        return kind in self.types and not self.disabled and not self.deleted

    def signing(self, at: datetime) -> tuple[str, ...]:
        """Return the seeds that sign now, newest first."""
        return tuple(seed.text for seed in self.seeds if seed.until is None or at < seed.until)

    def rotated(self, seed: str, at: datetime) -> "Endpoint":
        """Return it with a new secret; the one before signs for a day longer."""
        if any(each.text == seed for each in self.seeds):
            return self
        old = [Seed(each.text, each.until or at + OVERLAP) for each in self.seeds]
        kept = (each for each in old if each.until and at < each.until)
        return replace(self, seeds=(Seed(seed), *kept), version=self.version + 1)

    def without(self, reason: str) -> "Endpoint":
        """Return it disabled."""
        return replace(self, disabled=reason, version=self.version + 1)

    def taken_away(self) -> "Endpoint":
        """Return it deleted."""
        return replace(self, deleted=True, version=self.version + 1)


def added(standing: Sequence[Endpoint], endpoint: Endpoint) -> Sequence[Endpoint]:
    """Return an organisation's endpoints with a new one, unless one stands under its id.

    Raises:
        Conflict: there are as many as there may be.
    """
    if any(each.id == endpoint.id for each in standing):
        return standing
    live = sum(not each.deleted for each in standing)
    if live >= MOST_ENDPOINTS:
        raise Conflict(
            f"Found {live} webhooks, expected fewer than {MOST_ENDPOINTS}; delete one.",
            code="too_many_webhooks",
        )
    deleted = [each.id for each in standing if each.deleted]
    forgotten = set(deleted[: max(len(deleted) - REMEMBERED, 0)])
    return [*(each for each in standing if each.id not in forgotten), endpoint]


def changed(standing: Sequence[Endpoint], endpoint: Endpoint) -> Sequence[Endpoint]:
    """Return an organisation's endpoints with one of them changed.

    Raises:
        Raced: it is not the version that was changed.
    """
    there = next((each for each in standing if each.id == endpoint.id), None)
    if there is None or (there != endpoint and there.version != endpoint.version - 1):
        raise Raced("The webhook was changed meanwhile; read it again.")
    return [endpoint if each.id == endpoint.id else each for each in standing]
