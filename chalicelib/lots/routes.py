"""The doors to lots."""

from chalicelib.access.model import Scope
from chalicelib.directory.store import ProductStore
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.http.fields import GtinField, LotField
from chalicelib.http.routing import Answer, Call, Routes
from chalicelib.lots.store import LotStore
from chalicelib.lots.usecases import Held, changes_of, lot_of, set_lot
from chalicelib.lots.wire import ChangeAnswer, ChangesAnswer, LotAnswer, LotBody

routes = Routes(__name__)

_held: list[Held] = []


def install_holders(held: Held) -> None:
    """Set what tells whether a party holds, or ever held, goods of a lot.

    Only movements tell, and they are kept by the trace package, which stands above this one.
    Nothing installed means that a lot is its owner's business alone.
    """
    _held[:] = [held]


@routes.put("/v1/lots/{gtin}/{lot}", scope=Scope.WRITE_LOTS, body=LotBody, answer=LotAnswer)
def put_lot(call: Call[LotBody], gtin: GtinField, lot: LotField) -> Answer:
    """Make a lot known, or describe it anew; for the organisation that owns the GTIN.

    Another expiry or status than before takes the role quality or admin.
    """
    kept = set_lot(
        Lgtin.of(gtin, lot),
        call.body.description(this_year=call.at.year),
        actor=call.actor,
        expected=call.expected_version,
        at=call.at,
        products=ProductStore(),
        lots=LotStore(),
    )
    body = LotAnswer.of(kept.lot, own=True)
    return Answer(body, status=201 if kept.created else 200, version=kept.lot.version)


@routes.get("/v1/lots/{gtin}/{lot}", scope=Scope.READ_GOODS, answer=LotAnswer)
def lot(call: Call, gtin: GtinField, lot: LotField) -> Answer:
    """Describe a lot to its owner, and to whoever holds or held goods of it."""
    found = lot_of(Lgtin.of(gtin, lot), actor=call.actor, lots=LotStore(), held=_ever_held)
    body = LotAnswer.of(found, own=found.owner == call.actor.organisation)
    return Answer(body, version=found.version)


@routes.get("/v1/lots/{gtin}/{lot}/changes", scope=Scope.READ_GOODS, answer=ChangesAnswer)
def lot_changes(call: Call, gtin: GtinField, lot: LotField) -> ChangesAnswer:
    """List every description that a lot had and who gave it, to its owner."""
    changes = changes_of(Lgtin.of(gtin, lot), actor=call.actor, lots=LotStore())
    return ChangesAnswer(changes=tuple(map(ChangeAnswer.of, changes)))


def _ever_held(party: Gln, lgtin: Lgtin) -> bool:
    return any(held(party, lgtin) for held in _held)
