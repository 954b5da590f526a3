"""Everything together: the emulator, the app over HTTP, its event sources, the story."""

import importlib
import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from infra.local import environment
from infra.local.checkpoints import Checkpoints
from infra.local.emulator import Emulator
from infra.local.environment import STACK, Places
from infra.local.eventsource import EventSources
from infra.local.gateway import Gateway, Reply
from infra.local.materialise import Stack, materialise
from infra.local.narrator import remembered
from infra.local.page import counts, page
from infra.local.seed import seed
from infra.local.server import Server
from infra.local.template import Template

if TYPE_CHECKING:
    from chalice.app import Chalice

log = logging.getLogger("packtrail.local")

_DRAIN_SECONDS = 3.0


@dataclass(slots=True)
class Runtime:
    """A Packtrail that runs.

    Attributes:
        url: where.
        empty: nothing had been recorded when it started.
    """

    url: str
    empty: bool
    places: Places
    stack: Stack
    _emulator: Emulator
    _sources: EventSources
    _server: Server

    @classmethod
    def start(cls, *, port: int, places: Places, verbose: bool = False) -> Self:
        """Start all parts and serve.

        Args:
            port: of 127.0.0.1; 0 for a free one.
            places: where the data lies.
            verbose: write a line for every request.

        Raises:
            PortTaken: nothing was started.
            EmulatorFailed: the same; for instance somebody else uses the data.
            RootUnusable: the key file may be read by others, or is damaged.
            TemplateError: the data is of another version.
        """
        server = Server(port=port)
        places.make()
        environment.enter(server.url, places, verbose=verbose)
        emulator = Emulator.start(places.state)
        with ExitStack() as undo:
            undo.callback(emulator.stop)
            environment.point_at(emulator.url)
            stack = materialise(Template.load(), name=STACK)
            environment.keep_documents_in(stack.made["CaptureBucket"].ref)
            empty = counts(stack).tables["events"] == 0
            app = _app()
            sources = EventSources.of(app, stack, checkpoints=Checkpoints(places.checkpoints))
            undo.pop_all()  # it runs: nothing to undo any more
        runtime = cls(server.url, empty, places, stack, emulator, sources, server)
        sources.start()
        server.start(Gateway(app), pages={"/": runtime._page}, changed=sources.wake)
        return runtime

    def _page(self) -> Reply:
        return page(self.url, counts(self.stack), remembered(self.places.story))

    def running(self) -> bool:
        """Tell whether the emulator has not ended by itself."""
        return self._emulator.running()

    def stop(self) -> bool:
        """Stop: no more requests, then what is on its way arrives, then the emulator ends.

        Returns:
            True when everything had arrived; what had not is kept and arrives at the next start.
        """
        self._server.stop()
        settled = self._sources.stop(drain=_DRAIN_SECONDS)
        self._emulator.stop()
        return settled


def _app() -> "Chalice":
    """Import the app, in the environment that it is to run in, and seed its network."""
    app: Chalice = importlib.import_module("app").app
    from chalicelib.clock import now  # noqa: PLC0415 - the environment is set by now
    from chalicelib.keys import derive  # noqa: PLC0415

    derive("start")  # a key file that cannot be used is said now, not at the first request
    seed(now())
    return app
