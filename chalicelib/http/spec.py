"""What is declared about one route, on the line that registers it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from chalicelib.access.model import Scope
from chalicelib.http.epcis import EpcisRoute

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """One method of one path; the API document is made of these.

    Attributes:
        method: in capitals. `GET` answers `HEAD` as well.
        path: with its parameters in braces.
        scope: that a role must have; None for a public route, which takes no access token.
        view: the function that answers.
        body: model of the JSON body; None when there is none.
        query: model of the query string; None when it must be empty.
        answer: model of the JSON answer; None when there is no JSON answer.
        status: of success.
        keyed: whether the request must carry an `Idempotency-Key`.
        accepts: media types of the body; empty when no body is taken.
        produces: media types of the answer.
        epcis: what it declares as a resource of EPCIS 2.0; None when it is none.
        bare: whether its refusals have no body: only the answer is JSON.
        link: whether its path is a GS1 Digital Link: its parameter may hold slashes, its query is
            anybody's, and pages of any origin may read the answer.
    """

    method: str
    path: str
    scope: Scope | None
    view: Callable[..., Any]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answer: type[BaseModel] | None
    status: int
    keyed: bool
    accepts: tuple[str, ...]
    produces: tuple[str, ...]
    epcis: EpcisRoute | None = None
    link: bool = False
    bare: bool = False

    @property
    def name(self) -> str:
        """Return the view's name, which is the use case's."""
        return str(self.view.__name__)

    @property
    def discoverable(self) -> bool:
        """Return whether its path answers `OPTIONS`."""
        return self.link or self.epcis is not None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the path's parameters, in order."""
        return tuple(_PARAMETER.findall(self.path))

    def concrete(self, parameters: dict[str, str]) -> str:
        """Return the path with decoded parameters in place, each encoded in the one same way."""
        return _PARAMETER.sub(lambda match: quote(parameters[match[1]], safe=""), self.path)
