"""`packtrail epcis validate`: every fault of every document, and what tolerance repairs."""

import argparse
from collections.abc import Iterable

from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.gates import check_event, check_header
from chalicelib.epcis.repair import Repair, repair, repair_header
from chalicelib.errors import FieldError
from infra.cli.files import Unusable, document
from infra.cli.terminal import Terminal


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Print faults, repairs, and one line for each file."""
    sound = [_File(name, terminal).judge(tolerant=options.tolerant) for name in options.files]
    return 0 if all(sound) else 1


class _File:
    """One file, as it is judged."""

    def __init__(self, name: str, terminal: Terminal) -> None:
        self._name, self._terminal = name, terminal
        self._events = self._faults = self._repairs = 0

    def judge(self, *, tolerant: bool) -> bool:
        try:
            with document(self._name) as found:
                self._header(found, tolerant=tolerant)
                events = self._terminal.following(self._name, found.events)
                for index, event in enumerate(events):
                    self._events += 1
                    if tolerant:
                        repaired = repair(event, found.version)
                        self._tell_repairs(index, repaired.repairs)
                        self._tell(index, repaired.faults)
                    else:
                        self._tell(index, check_event(event))
        except Unusable as error:
            self._tell(None, [FieldError(error.pointer, error.code, str(error))])
        self._sum_up()
        return not self._faults

    def _header(self, found: EpcisDocument, *, tolerant: bool) -> None:
        if tolerant:
            repaired = repair_header(found)
            self._tell_repairs(None, repaired.repairs)
            self._tell(None, repaired.faults)
        else:
            self._tell(None, check_header(found))

    def _tell(self, index: int | None, faults: Iterable[FieldError]) -> None:
        for fault in faults:
            self._faults += 1
            self._terminal.result(
                f"{self._where(index, fault.pointer)}: {fault.message} [{fault.code}]",
                file=self._name,
                event=index,
                pointer=fault.pointer,
                code=fault.code,
                message=fault.message,
            )

    def _tell_repairs(self, index: int | None, repairs: Iterable[Repair]) -> None:
        for made in repairs:
            self._repairs += 1
            self._terminal.result(
                f"{self._where(index, made.pointer)}: repaired: {made.message} [{made.code}]",
                file=self._name,
                event=index,
                pointer=made.pointer,
                repair=made.code,
                message=made.message,
            )

    def _where(self, index: int | None, pointer: str) -> str:
        """Return the place of a fault; the pointer is into the event, if it is one of an event."""
        event = "" if index is None else f"event {index}"
        return ": ".join(filter(None, (self._name, f"{event} {pointer}".strip())))

    def _sum_up(self) -> None:
        said = _counted(self._events, "event")
        said += f", {_counted(self._repairs, 'repair')}" if self._repairs else ""
        verdict = _counted(self._faults, "fault") if self._faults else "valid"
        self._terminal.result(
            f"{self._name}: {verdict} ({said})",
            file=self._name,
            valid=not self._faults,
            events=self._events,
            faults=self._faults,
            repairs=self._repairs,
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
