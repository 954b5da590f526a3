"""Roles, scopes and the actor: what a caller may try at all.

A scope opens a door of the API. Whether this organisation may do it to these goods is decided
behind the door, by its relation to them; what it may not even see is answered as not found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chalicelib.gs1.keys import Gln


class Role(StrEnum):
    """What a client is in its organisation; a client may have several roles."""

    LINE = "line"
    WAREHOUSE = "warehouse"
    QUALITY = "quality"
    PARTNER = "partner"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Scope(StrEnum):
    """One door of the API; every route names the one it stands behind."""

    WRITE_PRODUCTS = "products.write"
    WRITE_PARTIES = "parties.write"
    WRITE_PLACES = "places.write"
    WRITE_LOTS = "lots.write"
    READ_DIRECTORY = "directory.read"
    ISSUE_SERIALS = "serials.issue"
    COMMISSION = "commission"
    PACK = "pack"
    SHIP = "ship"
    RECEIVE = "receive"
    DISPENSE = "dispense"
    SAMPLE = "sample"
    DESTROY = "destroy"
    DECOMMISSION = "decommission"
    EXPORT = "export"
    LOCK = "lock"
    REACTIVATE = "reactivate"
    CAPTURE = "events.capture"
    CORRECT = "events.correct"
    READ_QUARANTINE = "quarantine.read"
    DECIDE_QUARANTINE = "quarantine.decide"
    VERIFY = "verify"
    READ_GOODS = "goods.read"
    READ_DELIVERIES = "deliveries.read"
    WRITE_RECALLS = "recalls.write"
    READ_RECALLS = "recalls.read"
    ACKNOWLEDGE_RECALLS = "recalls.acknowledge"
    WRITE_SUSPICIONS = "suspicions.write"
    READ_SUSPICIONS = "suspicions.read"
    READ_ALERTS = "alerts.read"
    INVESTIGATE = "alerts.investigate"
    READ_VERIFICATIONS = "verifications.read"
    VERIFICATION_POLICY = "verifications.policy"
    WEBHOOKS = "webhooks"
    CLIENTS = "clients"
    NETWORK = "network"
    ME = "me"


_ALL = frozenset(Role)

ROLES: Mapping[Scope, frozenset[Role]] = MappingProxyType(
    {
        Scope.WRITE_PRODUCTS: frozenset({Role.ADMIN}),
        Scope.WRITE_PARTIES: frozenset({Role.ADMIN}),
        Scope.WRITE_PLACES: frozenset({Role.ADMIN, Role.WAREHOUSE}),
        Scope.WRITE_LOTS: frozenset({Role.QUALITY, Role.LINE, Role.ADMIN}),
        Scope.READ_DIRECTORY: _ALL,
        Scope.ISSUE_SERIALS: frozenset({Role.LINE, Role.ADMIN}),
        Scope.COMMISSION: frozenset({Role.LINE}),
        Scope.PACK: frozenset({Role.LINE, Role.WAREHOUSE}),
        Scope.SHIP: frozenset({Role.WAREHOUSE}),
        Scope.RECEIVE: frozenset({Role.WAREHOUSE}),
        Scope.DISPENSE: frozenset({Role.WAREHOUSE}),
        Scope.SAMPLE: frozenset({Role.LINE, Role.WAREHOUSE, Role.QUALITY}),
        Scope.DESTROY: frozenset({Role.WAREHOUSE, Role.QUALITY}),
        Scope.DECOMMISSION: frozenset({Role.LINE, Role.WAREHOUSE, Role.QUALITY}),
        Scope.EXPORT: frozenset({Role.WAREHOUSE}),
        Scope.LOCK: frozenset({Role.WAREHOUSE, Role.QUALITY}),
        Scope.REACTIVATE: frozenset({Role.LINE, Role.WAREHOUSE, Role.QUALITY}),
        # What an event does, or did, asks for the scope of its step as well.
        Scope.CAPTURE: frozenset({Role.LINE, Role.WAREHOUSE, Role.QUALITY, Role.PARTNER}),
        Scope.CORRECT: frozenset({Role.LINE, Role.WAREHOUSE, Role.QUALITY, Role.ADMIN}),
        Scope.READ_QUARANTINE: frozenset({Role.QUALITY, Role.ADMIN, Role.AUDITOR}),
        Scope.DECIDE_QUARANTINE: frozenset({Role.QUALITY, Role.ADMIN}),
        Scope.VERIFY: _ALL,
        Scope.READ_GOODS: _ALL,
        Scope.READ_DELIVERIES: frozenset(
            {Role.QUALITY, Role.AUDITOR, Role.ADMIN, Role.WAREHOUSE},
        ),
        Scope.WRITE_RECALLS: frozenset({Role.QUALITY}),
        Scope.READ_RECALLS: frozenset(
            {Role.QUALITY, Role.AUDITOR, Role.ADMIN, Role.WAREHOUSE, Role.PARTNER},
        ),
        Scope.ACKNOWLEDGE_RECALLS: frozenset({Role.QUALITY, Role.WAREHOUSE, Role.ADMIN}),
        Scope.WRITE_SUSPICIONS: frozenset({Role.QUALITY}),
        Scope.READ_SUSPICIONS: frozenset({Role.QUALITY, Role.AUDITOR, Role.ADMIN, Role.WAREHOUSE}),
        Scope.READ_ALERTS: frozenset(
            {Role.QUALITY, Role.AUDITOR, Role.ADMIN, Role.WAREHOUSE, Role.PARTNER},
        ),
        Scope.INVESTIGATE: frozenset({Role.QUALITY, Role.ADMIN}),
        Scope.READ_VERIFICATIONS: frozenset({Role.QUALITY, Role.AUDITOR, Role.ADMIN}),
        Scope.VERIFICATION_POLICY: frozenset({Role.QUALITY, Role.ADMIN}),
        Scope.WEBHOOKS: frozenset({Role.ADMIN, Role.QUALITY, Role.PARTNER}),
        Scope.CLIENTS: frozenset({Role.ADMIN}),
        Scope.NETWORK: frozenset({Role.ADMIN}),
        Scope.ME: _ALL,
    }
)
"""The one table of who may try what. `NETWORK` asks for the operator organisation as well."""

SCOPES: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {role: frozenset(scope for scope in Scope if role in ROLES[scope]) for role in Role}
)
"""The same table, read by role."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a request, authenticated.

    Attributes:
        organisation: identifier of the organisation that the client belongs to.
        gln: the organisation's own GLN, its name as a party in events.
        client_id: the client that asks; unique in the network.
        roles: at least one, or nothing is allowed.
        operator: whether the organisation runs the network.
    """

    organisation: str
    gln: Gln
    client_id: str
    roles: frozenset[Role]
    operator: bool = False

    def may(self, scope: Scope) -> bool:
        """Return whether one of the roles opens this door."""
        if scope is Scope.NETWORK and not self.operator:
            return False
        return not self.roles.isdisjoint(ROLES[scope])
