"""The door to reading scans."""

from chalicelib.access.model import Scope
from chalicelib.http.routing import Call, Routes
from chalicelib.scans.wire import Scans, ScansAnswer

routes = Routes(__name__)


@routes.post("/v1/scans", scope=Scope.READ_GOODS, body=Scans, answer=ScansAnswer, idempotent=False)
def scans(call: Call[Scans]) -> ScansAnswer:
    """Say what up to 1,000 scans say: GS1 symbols, Digital Links, URNs, pharmacy numbers.

    Nothing is looked up: a scan that reads well may name goods that do not exist. What a scanner
    or a keyboard spoilt is put right where only one thing can have been meant, with a warning.
    """
    # Imported here: the table of all AIs is only for scans (cold start).
    from chalicelib.scans.answers import read  # noqa: PLC0415

    return ScansAnswer(results=[read(one, call.at.year) for one in call.body.each()])
