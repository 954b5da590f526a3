"""A notice: what one party is told about the goods that one shipper sent it.

What it was found in only ever grows: deliveries, and events that took some of them back. So of two
findings the one that saw more of them is the later one, in whatever order workers bring them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from chalicelib.epcis.model import Document
from chalicelib.errors import Conflict, KeyReused
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.recall.model.recall import Leg
from chalicelib.trace.model import Delivery

MOST_DOCUMENTS = 50
"""Documents that a notice lists per lot; the newest ones."""


class Told(StrEnum):
    """How far a notice is; `failed` and `unreachable` need a person."""

    PENDING = "pending"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Affected:
    """What a party got of one lot from one shipper.

    Attributes:
        lgtin: the lot.
        quantity: units; of a partial recall, recalled units only.
        deliveries: in how many shipments; what was taken back is not counted.
        documents: that came with them, newest shipment first.
        serials: recalled serials that it got; empty when the whole lot is recalled.
        seen: in how many shipments and events that took goods of them back it was found; 0 while
            none was taken back.
    """

    lgtin: Lgtin
    quantity: int
    deliveries: int
    documents: tuple[Document, ...] = ()
    serials: tuple[str, ...] = ()
    seen: int = 0

    @property
    def age(self) -> int:
        """What tells a later finding from an earlier one."""
        return max(self.seen, self.deliveries)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a party answered.

    Attributes:
        at: when.
        client: that answered for the party.
        quantity_on_hand: units that it still has; None when it does not say.
        comment: for people.
        operation: identity of the request.
        fingerprint: of the request.
        revision: of the notice that it answered; 0 before it is kept.
    """

    at: datetime
    client: str
    quantity_on_hand: int | None
    comment: str
    operation: str
    fingerprint: str
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """What one party is told about the goods that one shipper sent it.

    Attributes:
        id: 32 hexadecimal digits, of recall, shipper and party.
        recall: id of the recall.
        tier: of the party, counted from 1.
        shipper: in whose name the party is told.
        sender: id of the shipper's organisation.
        party: who is told.
        organisation: id of the party's organisation; empty outside the network.
        lots: what it got, by lot.
        status: how far telling it is.
        run: the identification that wrote this revision.
        revision: counts what the party is told anew.
        updated: when this revision came to be.
        told: when it reached the party.
        problem: why it did not.
        contact: address of a person, where the network cannot reach the party.
        answer: what the party answered.
        version: counts changes.
    """

    id: str
    recall: str
    tier: int
    shipper: Gln
    sender: str
    party: Gln
    organisation: str
    lots: tuple[Affected, ...]
    status: Told
    run: str
    revision: int
    updated: datetime
    told: datetime | None = None
    problem: str = ""
    contact: str = ""
    answer: Acknowledgement | None = None
    version: int = 1

    @property
    def quantity(self) -> int:
        """Units that the party got."""
        return sum(lot.quantity for lot in self.lots)

    def delivered(self, at: datetime) -> "Notice":
        """Return it as having reached the party."""
        return replace(self, status=Told.DELIVERED, told=at, version=self.version + 1)

    def failed(self, problem: str) -> "Notice":
        """Return it as given up."""
        return replace(self, status=Told.FAILED, problem=problem, version=self.version + 1)

    def unreachable(self, problem: str, contact: str) -> "Notice":
        """Return it as having nowhere to go."""
        return replace(
            self,
            status=Told.UNREACHABLE,
            problem=problem,
            contact=contact,
            version=self.version + 1,
        )

    def acknowledged(self, answer: Acknowledgement) -> "Notice":
        """Return it with the party's answer; the same answer again changes nothing.

        Raises:
            Conflict: this revision was answered otherwise.
            KeyReused: the same operation answered otherwise.
        """
        standing = self.answer
        if standing is not None and standing.revision == self.revision:
            if standing.operation == answer.operation:
                if standing.fingerprint != answer.fingerprint:
                    raise KeyReused("The idempotency key was used for another answer.")
                return self
            said, says = _said(standing), _said(answer)
            if said != says:
                raise Conflict(
                    f"The notice was acknowledged with {said}, found {says}.",
                    code="already_acknowledged",
                )
            return self
        kept = replace(answer, revision=self.revision)
        return replace(self, status=Told.ACKNOWLEDGED, answer=kept, version=self.version + 1)


def _said(answer: Acknowledgement) -> str:
    on_hand = "no quantity" if answer.quantity_on_hand is None else str(answer.quantity_on_hand)
    return f"{on_hand} on hand and the comment {answer.comment!r}"


Findings = Mapping[Gln, tuple[Affected, ...]]
"""What each party got, by lot."""

Sent = tuple[Delivery, tuple[str, ...]]
"""A delivery, and the recalled serials in it when the recall is partial."""


def findings(sent: Iterable[Sent], *, but: frozenset[Gln]) -> dict[Gln, tuple[Affected, ...]]:
    """Add deliveries up, by party and lot.

    Args:
        sent: by one shipper; each delivery once.
        but: parties that need not be told: the shipper itself and the brand owner.
    """
    by_party: dict[Gln, dict[Lgtin, list[Sent]]] = {}
    for each in sent:
        delivery, _ = each
        if delivery.party not in but:
            by_party.setdefault(delivery.party, {}).setdefault(delivery.lgtin, []).append(each)
    return {
        party: tuple(_affected(lots[lgtin]) for lgtin in sorted(lots))
        for party, lots in by_party.items()
    }


def _affected(sent: list[Sent]) -> Affected:
    """Add up what one party got of one lot."""
    changes = sum(each.changes for each, _ in sent)
    seen = len(sent) + changes if changes else 0
    lgtin = sent[0][0].lgtin
    newest = sorted(
        (each for each in sent if each[0].quantity > 0),
        key=lambda each: each[0].event_time,
        reverse=True,
    )
    documents = dict.fromkeys(document for each, _ in newest for document in each.documents)
    numbers = tuple(sorted({serial for _, found in newest for serial in found}))
    return Affected(
        lgtin,
        len(numbers) or sum(each.quantity for each, _ in newest),
        len(newest),
        tuple(documents)[:MOST_DOCUMENTS],
        numbers,
        seen,
    )


def merged(known: tuple[Affected, ...], found: tuple[Affected, ...]) -> tuple[Affected, ...]:
    """Return, lot by lot, whichever was found later; in every order the same result."""
    lots = {lot.lgtin: lot for lot in known}
    for lot in found:
        standing = lots.get(lot.lgtin)
        if standing is None or standing.age < lot.age:
            lots[lot.lgtin] = lot
    return tuple(lots[lgtin] for lgtin in sorted(lots))


def notice_id(recall: str, shipper: Gln, party: Gln) -> str:
    """Return the id of the one notice that a party gets from a shipper in a recall."""
    return sha256(f"{recall}#{shipper}#{party}".encode()).hexdigest()[:32]


def changes(
    leg: Leg,
    found: Findings,
    known: Mapping[Gln, Notice],
    members: Mapping[Gln, str],
    *,
    run: str,
    at: datetime,
) -> list[Notice]:
    """Return the notices that are new, or about other goods, or whose party joined the network.

    A party that was told, and of whose goods all were taken back, is told that there are none.

    Args:
        leg: whose customers.
        found: what they got.
        known: notices that there are, by party.
        members: organisation ids of parties in the network.
        run: identity of this identification.
        at: now.
    """
    changed = []
    for party, lots in found.items():
        organisation = members.get(party, "")
        notice = known.get(party)
        if notice is None and not any(lot.quantity for lot in lots):
            continue
        if notice is None:
            changed.append(_new_notice(leg, party, organisation, lots, run=run, at=at))
            continue
        all_lots = merged(notice.lots, lots)
        joined = organisation or notice.organisation
        if (_told(all_lots), joined) == (_told(notice.lots), notice.organisation):
            if all_lots != notice.lots:  # it is the later finding, and says the same
                changed.append(replace(notice, lots=all_lots, version=notice.version + 1))
        else:
            changed.append(
                replace(
                    notice,
                    organisation=joined,
                    lots=all_lots,
                    status=Told.PENDING,
                    run=run,
                    revision=notice.revision + 1,
                    updated=at,
                    told=None,
                    problem="",
                    version=notice.version + 1,
                )
            )
    return changed


def _told(lots: tuple[Affected, ...]) -> list[Affected]:
    """Return what of findings a party is told."""
    return [replace(lot, seen=0) for lot in lots]


def _new_notice(
    leg: Leg,
    party: Gln,
    organisation: str,
    lots: tuple[Affected, ...],
    *,
    run: str,
    at: datetime,
) -> Notice:
    return Notice(
        id=notice_id(leg.recall, leg.shipper, party),
        recall=leg.recall,
        tier=leg.tier,
        shipper=leg.shipper,
        sender=leg.organisation,
        party=party,
        organisation=organisation,
        lots=lots,
        status=Told.PENDING,
        run=run,
        revision=1,
        updated=at,
    )
