"""The life of goods against a plain dictionary: any requests, in any order, late and repeated ones.

Legal and illegal moves of three organisations are mixed. What the oracle accepts must be accepted
and what it refuses must be refused; whatever is accepted must show in the state of every thing
touched, now and as of any moment before; a repeated request must answer as the first time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.goods.oracle import Move, Oracle, Step, is_container
from tests.harness.network import AT, GTIN, LOT, Network, Reply, gln, link, serial_of

ORGANISATIONS = ("acme", "meddist", "citypharm")
UNITS = [f"unit-{n}" for n in range(8)]
CASES = [f"case-{n}" for n in range(4)]
THINGS = (*UNITS, *CASES)
BOTH = {"destroy", "decommission"}
"""Steps that end containers too."""
MINUTE = timedelta(minutes=1)
PATHS = {
    "commission": "commissioning",
    "pack": "packing",
    "unpack": "unpacking",
    "ship": "shipping",
    "receive": "receiving",
    "dispense": "dispensing",
    "sample": "sampling",
    "destroy": "destroying",
    "decommission": "decommissioning",
    "reactivate": "reactivation",
}

parties = st.sampled_from(ORGANISATIONS)
lateness = st.sampled_from([0, 0, 0, 1, 7, 60, 600])
"""Minutes that an event lies back when it is told."""

sensible = st.sampled_from([True] * 7 + [False])
"""Whether a choice is one that is likely to be allowed; any choice otherwise."""


class Life(RuleBasedStateMachine):
    """One run: requests by rule, the oracle beside them, and the network under test."""

    network: Network
    epcs: dict[str, str]
    saved: Any

    @initialize()
    def begin(self) -> None:
        self.network.aws.restore(self.saved)
        self.network.now = AT
        self.oracle = Oracle()
        self.last: tuple[str, str, dict[str, Any], str, Reply] | None = None
        self.requests = 0
        self.events: list[str] = []
        self.commission(tuple(UNITS[1:]), late=600)

    # --- what happens

    @rule(
        units=st.lists(st.sampled_from(UNITS), min_size=1, max_size=2, unique=True).map(tuple),
        late=lateness,
    )
    def commission(self, units: tuple[str, ...], late: int) -> None:
        serials = [serial_of(self.epcs[name]) for name in units]
        body = {"gtin": GTIN, "lot": LOT, "serials": serials}
        self.ask(Move("commission", "acme", units), body, late, role="line")

    @rule(data=st.data(), late=lateness)
    def pack(self, data: st.DataObject, late: int) -> None:
        by = self.someone(data)
        loose = [name for name in self.held(by) if not self.oracle.things[name].parent]
        cases = [name for name in CASES if name not in self.oracle.things or name in loose]
        parent = self.one(data, cases, CASES)
        children = self.several(data, [name for name in loose if name != parent])
        body = {"parent": self.epcs[parent], "children": self.named(children)}
        self.ask(Move("pack", by, children, parent), body, late)

    @rule(data=st.data(), everything=st.booleans(), late=lateness)
    def unpack(self, data: st.DataObject, everything: bool, late: int) -> None:
        full = [name for name in CASES if self.oracle.inside(name)]
        parent = self.one(data, full, CASES)
        there = self.oracle.things.get(parent)
        by = self.one(data, [there.holder] if there else [], ORGANISATIONS)
        children = () if everything else self.several(data, self.oracle.inside(parent))
        body: dict[str, Any] = {"parent": self.epcs[parent]}
        if children:
            body["children"] = self.named(children)
        self.ask(Move("unpack", by, children, parent), body, late)

    @rule(data=st.data(), to=parties, late=lateness)
    def ship(self, data: st.DataObject, to: str, late: int) -> None:
        by = self.someone(data, but=to)
        things = self.several(data, self.held(by))
        body = {"epcs": self.named(things), "to": gln(to)}
        self.ask(Move("ship", by, things, to=to), body, late)

    @precondition(lambda self: any(held.to for held in self.oracle.things.values()))
    @rule(data=st.data(), late=lateness)
    def receive(self, data: st.DataObject, late: int) -> None:
        by = self.one(data, [h.to for h in self.oracle.things.values() if h.to], ORGANISATIONS)
        things = self.several(data, [n for n, held in self.oracle.things.items() if held.to == by])
        self.ask(Move("receive", by, things), {"epcs": self.named(things)}, late)

    @rule(
        data=st.data(),
        step=st.sampled_from(["dispense", "sample", "destroy", "decommission"]),
        late=lateness,
    )
    def end(self, data: st.DataObject, step: Step, late: int) -> None:
        by = self.someone(data)
        units = [name for name in self.held(by) if step in BOTH or not is_container(name)]
        things = self.several(data, units)
        self.ask(Move(step, by, things), {"epcs": self.named(things)}, late)

    @precondition(lambda self: any(held.ended_by for held in self.oracle.things.values()))
    @rule(data=st.data(), late=lateness)
    def reactivate(self, data: st.DataObject, late: int) -> None:
        ended = [n for n, held in self.oracle.things.items() if held.status != "active"]
        name = self.one(data, ended, THINGS)
        there = self.oracle.things.get(name)
        by = self.one(data, [there.ended_by] if there and there.ended_by else [], ORGANISATIONS)
        self.ask(Move("reactivate", by, (name,)), {"epcs": [self.epcs[name]]}, late)

    @precondition(lambda self: bool(self.oracle.requests))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        """Somebody finds that a request was an error; mostly one of the last of one's own."""
        count = len(self.oracle.requests)
        last = list(range(max(0, count - 4), count))
        number = self.one(data, last, range(count))
        moves = self.oracle.requests[number]
        by = self.one(data, [moves[-1].by], ORGANISATIONS)
        expected = self.oracle.refuses_withdrawal(number, by)
        who = f"{by}-{'line' if moves[-1].step == 'commission' else 'warehouse'}"
        body = {"event": self.events[number], "reason": "did_not_occur"}
        self.network.now += MINUTE
        reply = self.network.ask(who, "POST", "/v1/corrections", body)
        about = f"{moves} by {by}: {reply}, expected {expected or 'that it is withdrawn'}"
        self.last = (who, "/v1/corrections", body, "", reply)
        if not expected and reply.status == 409:  # of an emptying before the last one
            assert "emptied again" in reply["errors"][0]["message"], about
            return
        if expected == "withdrawn before":  # by word, the same again is no other
            assert (reply.status, reply.headers.get("Idempotency-Replayed")) == (201, "true"), about
        else:
            assert reply.status in ({403, 404, 409} if expected else {201}), about
        if not expected:
            self.oracle.withdraw(number)
            named = {name for move in moves for name in (*move.things, move.parent)}
            inside = {inner for name in named for inner in self.oracle.within(name)}
            self.touched = (named | inside) & self.oracle.things.keys()
            for name in named - self.oracle.things.keys() - {""}:
                assert self.network.ask(who, "GET", self.path(name, None)).status == 404, name

    @rule()
    def repeat(self) -> None:
        """A client did not hear the answer, and asks again, word for word."""
        who, path, body, key, first = self.last
        self.network.now += MINUTE
        again = self.network.ask(who, "POST", path, body, key=key or None)
        if first.status == 201:
            assert again == first
            assert again.headers["Idempotency-Replayed"] == "true"
        else:
            assert (again.status, again["code"]) == (first.status, first["code"])

    # --- what must be true

    @invariant()
    def what_was_touched_is_where_it_should_be(self) -> None:
        for name in getattr(self, "touched", ()):
            self.compare(name, self.oracle)
        self.touched = set[str]()

    def teardown(self) -> None:
        for name in self.oracle.things:
            self.compare(name, self.oracle)

    @rule(data=st.data())
    def look_back(self, data: st.DataObject) -> None:
        """As of the moment of any event, and of the moment just before it."""
        move = data.draw(st.sampled_from(self.oracle.moves))  # a withdrawn one, too
        moment = move.at - data.draw(st.sampled_from([0, 1]))
        # A whole millisecond includes all of it.
        past = self.oracle.as_of(moment if moment % 1000 else moment + 999)
        for name in past.things:
            self.compare(name, past, moment)

    def compare(self, name: str, oracle: Oracle, moment: int | None = None) -> None:
        held = oracle.things[name]
        # Whoever has it, or is to have it, sees everything.
        who = f"{held.to or held.holder}-warehouse"
        reply = self.network.ask(who, "GET", self.path(name, moment))
        about = f"{name} for {who} as of {moment}: {reply.body}, expected {held}"
        assert reply.status == 200, about
        around = [self.epcs[outer] for outer in oracle.around(name)]
        assert reply["state"] == held.status, about
        assert reply["containers"] == around, about
        assert reply["holder"] == gln(held.holder), about
        assert reply["inTransitTo"] == (gln(held.to) if held.to else None), about
        if is_container(name) and moment is None:
            assert reply["count"] == len(oracle.inside(name)), about
            units = [inner for inner in oracle.within(name) if not is_container(inner)]
            assert sum(lot["quantity"] for lot in reply["lots"]) == len(units), about

    def path(self, name: str, moment: int | None) -> str:
        last = self.epcs[name].rpartition("/")[2]
        path = f"/v1/containers/{last}" if is_container(name) else f"/v1/units/{GTIN}/{last}"
        if moment is None:
            return path
        when = datetime.fromtimestamp(moment // 1_000_000, UTC).replace(
            microsecond=moment % 1_000_000
        )
        return f"{path}?asOf={when.isoformat().replace('+00:00', 'Z')}"

    # --- asking

    def held(self, by: str) -> list[str]:
        """Return what a party has in hand and alive."""
        return [
            name
            for name, held in self.oracle.things.items()
            if held.holder == by and not held.to and held.status == "active"
        ]

    def someone(self, data: st.DataObject, but: str = "") -> str:
        others = [name for name in ORGANISATIONS if name != but]
        return self.one(data, [name for name in others if self.held(name)], others)

    def one(self, data: st.DataObject, likely: Sequence[str], possible: Sequence[str]) -> str:
        return data.draw(st.sampled_from(likely if likely and data.draw(sensible) else possible))

    def several(self, data: st.DataObject, likely: Sequence[str]) -> tuple[str, ...]:
        among = likely if likely and data.draw(sensible) else THINGS
        few = st.lists(st.sampled_from(among), min_size=1, max_size=3, unique=True)
        return tuple(data.draw(few))

    def named(self, names: tuple[str, ...]) -> list[str]:
        return [self.epcs[name] for name in names]

    def ask(self, move: Move, body: dict[str, Any], late: int, role: str = "warehouse") -> None:
        self.network.now += MINUTE
        when = self.network.now - late * MINUTE
        if late:
            body |= {"eventTime": when.isoformat()}
        self.requests += 1
        who, path = f"{move.by}-{role}", f"/v1/{PATHS[move.step]}"
        key = f"request-{self.requests}"
        expected = self.oracle.refuses(move)
        reply = self.network.ask(who, "POST", path, body, key=key)
        about = f"{move}: {reply}, expected {expected or 'that it is done'}"
        assert reply.status in ({404, 409} if expected else {201}), about
        named = {*move.things, move.parent} & self.oracle.things.keys()
        self.touched = named | {inner for name in named for inner in self.oracle.within(name)}
        if not expected:
            self.oracle.take(move, round(when.timestamp() * 1_000_000))
            self.events.append(reply["eventId"])
        self.last = (who, path, body, key, reply)


def test_goods_live_as_a_plain_dictionary_says(network: Network) -> None:
    serials = network.serials(len(UNITS) - 2)
    units = [link(GTIN, serial) for serial in [*serials, "foreign-1", "foreign-2"]]
    cases = [network.sscc() for _ in CASES]

    class Run(Life):
        pass

    Run.network, Run.saved = network, network.aws.save()
    Run.epcs = dict(zip(THINGS, [*units, *cases], strict=True))
    run_state_machine_as_test(
        Run,
        settings=settings(
            max_examples=80,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
