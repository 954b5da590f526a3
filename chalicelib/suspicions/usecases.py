"""Opening cases, writing down what comes of them, and making sure that it is done and told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from chalicelib.access.model import Actor
from chalicelib.directory.store import Directory
from chalicelib.epcis.model import Epc
from chalicelib.errors import KeyReused, Raced
from chalicelib.gs1.keys import Sscc
from chalicelib.suspicions import store
from chalicelib.suspicions.holding import Doing, go_on
from chalicelib.suspicions.model import (
    FEW,
    Contact,
    Held,
    Note,
    Notice,
    Page,
    Suspicion,
    concerned,
)

ROUNDS = 5
"""Tries before a race is left to the caller, who may try again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a change of a case, and when."""

    actor: Actor
    at: datetime


def open_case(
    case_id: UUID, note: Note, contact: Contact, things: Sequence[Epc], asked: Asked
) -> tuple[Suspicion, list[Page], bool]:
    """Open a case, and keep its goods out of trade.

    Args:
        case_id: identity of the request.
        note: that opens it.
        contact: whom others may ask.
        things: units and containers.
        asked: who asks, and when.

    Returns:
        The case as it is now, its things, and whether it had been opened before.

    Raises:
        KeyReused: the same identity with another payload.
        Busy, Raced: some of it may be done; a repeat does the rest.
    """
    case = _standing(case_id, note, asked.actor)
    replayed = case is not None
    if case is None:
        pages = _pages(things)
        case = Suspicion(
            case_id.hex, asked.actor.organisation, asked.actor.gln, contact, len(things),
            len(pages), (note,),
        )  # fmt: skip
        if not store.create(case, pages):
            case = _standing(case_id, note, asked.actor) or case
    return case, _done(case, asked), replayed


def _standing(case_id: UUID, note: Note, actor: Actor) -> Suspicion | None:
    """Return the case that an earlier one of several same requests opened."""
    case = store.find(case_id.hex)
    if case is None:
        return None
    if (case.organisation, case.opening.fingerprint) != (actor.organisation, note.fingerprint):
        raise KeyReused("This Idempotency-Key was used with another payload.")
    return case


def _pages(things: Sequence[Epc]) -> list[Page]:
    """Spread things over pages: a container, with all that is in it, has one of its own."""
    named = list(dict.fromkeys(things))
    units: list[Epc] = [epc for epc in named if not isinstance(epc, Sscc)]
    parts = [units[at : at + FEW] for at in range(0, len(units), FEW)]
    parts += [[epc] for epc in named if isinstance(epc, Sscc)]
    return [Page(number, tuple(map(Held, part))) for number, part in enumerate(parts)]


def seen(case_id: str, *, actor: Actor) -> Suspicion:
    """Return a case of the caller's organisation.

    Raises:
        NotFound: there is none.
    """
    case = store.find(case_id)
    if case is None or case.organisation != actor.organisation:
        raise store.no_case()
    return case


def note(case_id: str, wanted: Note, asked: Asked) -> tuple[Suspicion, list[Page], bool]:
    """Keep what became of a case, and do with its goods what follows from that.

    Returns:
        The case, its things, and whether this repeats an earlier request.

    Raises:
        NotFound: there is none.
        Conflict: the state cannot follow; or the case has as many notes as it may have.
        KeyReused: the operation wrote another note.
        Busy, Raced: some of it may be done; a repeat does the rest.
    """
    for _ in range(ROUNDS):
        case = seen(case_id, actor=asked.actor)
        noted = case.noted(wanted)
        if noted is case:
            return case, _done(case, asked), True
        try:
            store.replace(noted)
        except Raced:
            continue
        return noted, _done(noted, asked), False
    raise Raced("The case was being changed all the while; try again.")


def _done(case: Suspicion, asked: Asked) -> list[Page]:
    """Do what a case asks for, as far as it is not done, and have partners told."""
    doing = Doing(case, asked.actor, asked.at)
    pages: list[Page] = []
    for page in store.pages(case):
        done = go_on(doing, page)
        if done is not page:
            store.replace_page(case, done)
        pages.append(done)
    store.put_notices(_notices(case, pages))
    return pages


def _notices(case: Suspicion, pages: list[Page]) -> list[Notice]:
    """Return what partners are told of a case as it is; nothing while nothing is determined."""
    telling = case.telling
    if telling is None:
        return []
    partners = concerned(pages, case.gln)
    members = Directory().organisations_of([each.gln for each in partners])
    return [
        Notice(
            uuid5(UUID(case.id), f"{telling.state} {each.gln}").hex, case.id, case.gln,
            case.contact, each, members[each.gln].id if each.gln in members else "", telling.state,
            case.classification, telling.at,
        )
        for each in partners
    ]  # fmt: skip
