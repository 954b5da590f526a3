"""The addresses at which organisations want to be told.

All endpoints of an organisation are one item: they are few, and a worker that tells 25 parties
reads those of all of them in one request.

Promises: reads are strong; a change is conditional on what it changes, and does not undo another
one made at the same time.

Trust: whoever can write here can send our messages elsewhere, under a signature that the new
receiver cannot check; nobody can learn a signing secret here.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute

from chalicelib.errors import NotFound, Raced
from chalicelib.notify.model.endpoint import Endpoint, Seed, added, changed
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many
from chalicelib.table.transaction import Transaction

ROUNDS = 5
"""Tries before a race is left to the caller, who may try again."""


class EndpointsItem(Item):
    """The endpoints of an organisation: `pk` is `org#{organisation}`, `sk` is `webhooks`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    endpoints = JSONAttribute()
    version = NumberAttribute()


class EndpointStore:
    """The endpoints of one organisation."""

    def __init__(self, organisation: str) -> None:
        self.organisation = organisation
        _, self._pk, self._sk = _key(organisation)

    def get(self, endpoint_id: str) -> Endpoint:
        """Return one.

        Raises:
            NotFound: it never was, or is deleted.
        """
        endpoint = self.find(endpoint_id)
        if endpoint is None or endpoint.deleted:
            raise no_webhook()
        return endpoint

    def find(self, endpoint_id: str) -> Endpoint | None:
        """Return one, deleted or not, or None."""
        endpoints, _ = self._read()
        return next((each for each in endpoints if each.id == endpoint_id), None)

    def all(self) -> list[Endpoint]:
        """Return those that are not deleted, oldest first."""
        endpoints, _ = self._read()
        return [each for each in endpoints if not each.deleted]

    def create(self, endpoint: Endpoint) -> tuple[Endpoint, bool]:
        """Keep a new one, unless one stands under its id, deleted or not.

        Returns:
            What stands there, and whether this call put it there.

        Raises:
            Conflict: there are as many as there may be.
            Raced: others were faster all the while.
        """
        endpoints, written = self._change(lambda standing: added(standing, endpoint))
        return next(each for each in endpoints if each.id == endpoint.id), written

    def replace(self, endpoint: Endpoint) -> None:
        """Keep a changed one; our own write under another answer is not a conflict.

        Raises:
            Raced: it was changed meanwhile.
        """
        self._change(lambda standing: changed(standing, endpoint))

    def _change(
        self, change: Callable[[Sequence[Endpoint]], Sequence[Endpoint]]
    ) -> tuple[Sequence[Endpoint], bool]:
        """Change them; return them as they stand then, and whether anything was written."""
        for number in range(ROUNDS):
            standing, version = self._read()
            endpoints = change(standing)
            if list(endpoints) == standing:
                return endpoints, number > 0  # after a lost answer it was this very call
            rows = [_row(endpoint) for endpoint in endpoints]
            tx = Transaction()
            item = EndpointsItem(self._pk, self._sk, endpoints=rows, version=version + 1)
            tx.replace(item, version=version)
            try:
                tx.commit()
            except Raced:
                continue
            return endpoints, True
        raise Raced("The webhooks were being changed all the while; try again.")

    def _read(self) -> tuple[list[Endpoint], int]:
        item = get(EndpointsItem, self._pk, self._sk)
        return ([], 0) if item is None else (_endpoints(item), int(item.version))


def endpoints_of(organisations: Iterable[str]) -> dict[str, list[Endpoint]]:
    """Return the endpoints of many organisations, deleted ones too; one request per 100."""
    found = get_many(_key(organisation) for organisation in organisations)
    return {
        key.pk.removeprefix("org#"): _endpoints(cast("EndpointsItem", item))
        for key, item in found.items()
    }


def no_webhook() -> NotFound:
    """Return the refusal of a webhook that does not exist, or is another organisation's."""
    return NotFound("There is no such webhook.")


def _key(organisation: str) -> Key:
    return Key(EndpointsItem, f"org#{organisation}", "webhooks")


def _row(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": list(endpoint.types),
        "seeds": [[seed.text, seed.until and seed.until.isoformat()] for seed in endpoint.seeds],
        "created": endpoint.created.isoformat(),
        "fingerprint": endpoint.fingerprint,
        "disabled": endpoint.disabled,
        "deleted": endpoint.deleted,
        "version": endpoint.version,
    }


def _endpoints(item: EndpointsItem) -> list[Endpoint]:
    organisation = item.pk.removeprefix("org#")
    return [
        Endpoint(
            id=row["id"],
            organisation=organisation,
            url=row["url"],
            types=tuple(row["types"]),
            seeds=tuple(
                Seed(text, None if until is None else datetime.fromisoformat(until))
                for text, until in row["seeds"]
            ),
            created=datetime.fromisoformat(row["created"]),
            fingerprint=row["fingerprint"],
            disabled=row["disabled"],
            deleted=row["deleted"],
            version=row["version"],
        )
        for row in item.endpoints
    ]
