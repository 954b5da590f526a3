"""What goods should be, in a plain dictionary: the simplest program that could be right.

No pages, no trails, no inheritance by reference: custody is copied to everything inside at once,
and "as of" is answered by playing the events again, in the order in which they took effect.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Step = Literal[
    "commission", "pack", "unpack", "ship", "receive", "dispense", "sample", "destroy",
    "decommission", "reactivate",
]  # fmt: skip

ENDS = {
    "dispense": "dispensed",
    "sample": "sampled",
    "destroy": "destroyed",
    "decommission": "inactive",
}


@dataclass
class Held:
    """One thing: unit or container."""

    status: str = "active"
    holder: str = ""
    to: str = ""
    parent: str | None = None
    ended_by: str = ""
    shipped: bool = False
    known_to: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Move:
    """One event, asked for or implied.

    Attributes:
        at: when it took effect, in microseconds.
    """

    step: Step
    by: str
    things: tuple[str, ...]
    parent: str = ""
    to: str = ""
    at: int = 0


def is_container(name: str) -> bool:
    """Return whether a name is that of a logistic unit."""
    return name.startswith("case")


class Oracle:
    """All things by name, and every event that was accepted."""

    def __init__(self) -> None:
        self.things: dict[str, Held] = {}
        self.moves: list[Move] = []
        self.requests: list[tuple[Move, ...]] = []
        self._withdrawn: set[Move] = set()
        self._writes: dict[Move, dict[str, str]] = {}
        self._latest: dict[str, int] = {}

    # --- asking

    def inside(self, name: str) -> list[str]:
        """Return what is directly in a thing."""
        return [other for other, held in self.things.items() if held.parent == name]

    def within(self, name: str) -> Iterator[str]:
        """Yield what is in a thing at every depth."""
        for inner in self.inside(name):
            yield inner
            yield from self.within(inner)

    def around(self, name: str) -> list[str]:
        """Return what a thing is in, innermost first."""
        found, held = [], self.things.get(name)
        while held and held.parent:
            found.append(held.parent)
            held = self.things[held.parent]
        return found

    def as_of(self, at: int) -> "Oracle":
        """Return the world as it was, by playing everything that had taken effect by then."""
        past = Oracle()
        for move in sorted(self.moves, key=lambda move: move.at):
            if move.at <= at and move not in self._withdrawn:
                past._apply(move)
        return past

    # --- judging

    def refuses(self, move: Move) -> str:
        """Return why an event must be refused; empty when it must be accepted."""
        judge = {
            "commission": self._refuses_commissioning,
            "pack": self._refuses_packing,
            "unpack": self._refuses_unpacking,
            "receive": self._refuses_receiving,
            "reactivate": self._refuses_reactivation,
        }.get(move.step, self._refuses_moving_on)
        return judge(move)

    def _refuses_commissioning(self, move: Move) -> str:
        if move.by != "acme":
            return "not the brand owner"
        return "already there" if any(name in self.things for name in move.things) else ""

    def _holds(self, move: Move, name: str) -> str:
        held = self.things.get(name)
        if held is None:
            return "not there"
        if held.to or held.holder != move.by:
            return "not held"
        return "" if held.status == "active" else "not alive"

    def _refuses_packing(self, move: Move) -> str:
        parent = self.things.get(move.parent)
        if parent is not None:
            if refusal := self._holds(move, move.parent):
                return refusal
            if not self.inside(move.parent) and parent.shipped:
                return "was shipped, may not be used anew"
        for name in move.things:
            if name == move.parent or name in self.around(move.parent):
                return "cycle"
            if refusal := self._holds(move, name):
                return refusal
            if self.things[name].parent:
                return "packed already"
        return ""

    def _refuses_unpacking(self, move: Move) -> str:
        if refusal := self._holds(move, move.parent):
            return refusal
        if not move.things:
            return "" if self.inside(move.parent) else "empty"
        outside = [name for name in move.things if name not in self.inside(move.parent)]
        return "not in there" if outside else ""

    def _nested(self, move: Move) -> str:
        names = set(move.things)
        return "named twice" if any(names & set(self.around(name)) for name in names) else ""

    def _refuses_moving_on(self, move: Move) -> str:
        for name in move.things:
            if refusal := self._holds(move, name):
                return refusal
            if move.step in {"dispense", "sample"} and is_container(name):
                return "no unit"
        return self._nested(move)

    def _refuses_receiving(self, move: Move) -> str:
        for name in move.things:
            held = self.things.get(name)
            if held is None or held.to != move.by:
                return "not addressed"
        return self._nested(move)

    def _refuses_reactivation(self, move: Move) -> str:
        for name in move.things:
            held = self.things.get(name)
            if held is None or held.status not in {"dispensed", "sampled", "inactive"}:
                return "not reversible"
            if held.ended_by != move.by:
                return "another ended it"
            if held.parent:
                return "ended with its container"
        return ""

    def refuses_withdrawal(self, number: int, by: str) -> str:
        """Return why a request may not be taken back; empty when it may."""
        moves = self.requests[number]
        if moves[-1].by != by:
            return "not one's own"
        if moves[-1] in self._withdrawn:
            return "withdrawn before"
        later = self.moves[self.moves.index(moves[-1]) + 1 :]
        for move in moves:
            for name, how in self._writes[move].items():
                others = (self._writes[each].get(name) for each in later if self._stands(each))
                if any(other and (how, other) != ("contents", "contents") for other in others):
                    return f"{name} went on"
        return ""

    def _stands(self, move: Move) -> bool:
        return move not in self._withdrawn

    # --- taking effect

    def withdraw(self, number: int) -> None:
        """Take a request back, and what it implied, newest first."""
        for move in reversed(self.requests[number]):
            touched = {*move.things, *(i for name in move.things for i in self.within(name))}
            if move.parent:
                touched |= {move.parent, *self.around(move.parent)}
            at = max(self._latest.get(name, 0) for name in touched) + 1
            self._latest |= dict.fromkeys(self._writes[move], at)
            self._withdrawn.add(move)
            self.things = self.as_of(2**62).things

    def take(self, move: Move, asked_at: int) -> None:
        """Let an accepted event take effect, and before it the unpackings that it implies.

        Args:
            move: the event.
            asked_at: its event time; late when it lies before what its things went through.
        """
        before = len(self.moves)
        if move.step not in {"commission", "pack", "unpack", "reactivate"}:
            for parent in dict.fromkeys(self.things[name].parent for name in move.things):
                if parent is not None:
                    out = tuple(name for name in move.things if self.things[name].parent == parent)
                    self._take(Move("unpack", move.by, out, parent), asked_at)
        self._take(move, asked_at)
        self.requests.append(tuple(self.moves[before:]))

    def _take(self, move: Move, asked_at: int) -> None:
        emptied = move.step == "unpack" and not move.things
        named = tuple(self.inside(move.parent)) if emptied else move.things
        touched = {*named, *(inner for name in named for inner in self.within(name))}
        if move.parent:
            touched |= {move.parent, *self.around(move.parent)}
        latest = max((self._latest.get(name, 0) for name in touched), default=0)
        move = replace(move, things=named, at=max(asked_at, latest + 1))
        written = {*named} | ({move.parent, *self.around(move.parent)} if move.parent else set())
        if move.step in {*ENDS, "reactivate"}:
            written |= touched
        self._writes[move] = dict.fromkeys(written, "own")
        if move.parent:
            outer = dict.fromkeys((move.parent, *self.around(move.parent)), "contents")
            made = move.step == "pack" and move.parent not in self.things
            own = {move.parent: "own"} if made or emptied else {}
            self._writes[move] |= outer | own
        self._apply(move)
        self.moves.append(move)
        for name in written:
            self._latest[name] = move.at

    def _apply(self, move: Move) -> None:
        if move.step == "pack" and move.parent not in self.things:
            self.things[move.parent] = Held(holder=move.by)
        match move.step:
            case "commission":
                self.things |= {name: Held(holder=move.by) for name in move.things}
            case "pack" | "unpack":
                self._put(move.things, move.parent if move.step == "pack" else None)
            case "ship" | "receive":
                self._move(move)
            case _:
                self._live(move)
        for name in (*move.things, move.parent):
            if name:
                self.things[name].known_to |= {move.by, move.to} - {""}

    def _put(self, names: Sequence[str], parent: str | None) -> None:
        for name in names:
            self.things[name].parent = parent

    def _everything(self, names: Iterable[str]) -> Iterator[Held]:
        for name in names:
            yield self.things[name]
            yield from (self.things[inner] for inner in self.within(name))

    def _move(self, move: Move) -> None:
        for held in self._everything(move.things):
            held.holder, held.to = move.by, move.to
            held.shipped = held.shipped or move.step == "ship"

    def _live(self, move: Move) -> None:
        for held in self._everything(move.things):
            held.status = ENDS.get(move.step, "active")
            held.ended_by = move.by
