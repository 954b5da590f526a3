"""Every parser of the product, each as a function of bytes from outside.

A door may refuse, by our own errors, and nothing else may come out of it. What it takes goes the
whole way that such an input goes before anything is looked up or written.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.capture.usecases import check_document, take
from chalicelib.epcis.dscsa_reading import read_transaction
from chalicelib.epcis.formats import read, read_event
from chalicelib.epcis.gates import check_event
from chalicelib.epcis.identifiers import canonical_uri, to_urn
from chalicelib.epcis.masterdata import read_master_data
from chalicelib.epcis.query.parameters import parse, parse_json
from chalicelib.epcis.repair import repair
from chalicelib.epcis.schemes import identify
from chalicelib.errors import PacktrailError
from chalicelib.gs1.digitallink import link, parse_link
from chalicelib.gs1.elements import parse_bracketed, parse_raw
from chalicelib.gs1.envelope import parse_envelope
from chalicelib.gs1.epc import parse_epc, parse_goods
from chalicelib.gs1.keys import Gln
from chalicelib.gs1.scan import parse_scan
from chalicelib.gs1.scanners import Profile
from chalicelib.gs1.schemes import elements_of, urn_among
from chalicelib.gs1.urn import parse_urn
from chalicelib.http.gate import read_json
from chalicelib.http.reading import read_parameters, read_path, validated_query
from chalicelib.resolver.model import anchor_of, levels, type_uri
from chalicelib.scans.answers import read as read_scan
from chalicelib.scans.wire import ScanBody
from chalicelib.scans.wire import Scans as ScansBody
from chalicelib.vrs.asking import read_object, read_reply
from chalicelib.vrs.routes import routes as vrs
from chalicelib.vrs.wire import VerifyQuery
from tests.vrs.builders import a_question

QUESTION = next(spec for spec in vrs.specs if spec.path.startswith("/verify/gtin/"))
CAPTURER = Gln("9521000000018")
DROPPED = Profile(separator="", carries=frozenset({"01", "10", "17", "21"}))


def _each(*parsers: Callable[[], object]) -> None:
    """Try them all; when all refuse, so does the door."""
    refusals = []
    for parser in parsers:
        try:
            parser()
        except PacktrailError as refusal:
            refusals.append(refusal)
    if len(refusals) == len(parsers):
        raise refusals[0]


def _text(raw: bytes) -> str:
    """Return text as the edge hands it on: characters, whatever the bytes."""
    return raw.decode("utf-8", errors="surrogateescape")


def scan(raw: bytes) -> None:
    """A scan, as it arrives and as its own scanner is described."""
    text = _text(raw)
    answer = read_scan(ScanBody.model_construct(scan=text, symbology=None, profile=None), 2026)
    assert answer.valid != bool(answer.errors)
    parse_goods(text)


def profiled(raw: bytes) -> None:
    """A scan of which something is known."""
    from chalicelib.gs1.scanners import read_scan as as_set_up

    text = _text(raw)
    _each(
        lambda: as_set_up(text, profile=DROPPED),
        lambda: as_set_up(text, profile=Profile(separator="|", layout="fr", caps_lock=True)),
        lambda: as_set_up(text, symbology=text[:3]),
        lambda: as_set_up(text, symbology="]d2"),
    )


def strict_scan(raw: bytes) -> None:
    """A scan as systems send it."""
    found = parse_scan(_text(raw))
    assert parse_scan(found.element_string()).elements == found.elements or found.spelt
    urn_among(found.identifying)
    _each(lambda: found.expiry_date(this_year=2026), found.digital_link)


def digital_link(raw: bytes) -> None:
    """A Digital Link, and what the resolver makes of it."""
    path, attributes = parse_link(_text(raw))
    link(path + attributes)
    anchor, elements = anchor_of(_text(raw))
    assert anchor in levels(elements)
    _each(lambda: type_uri(_text(raw)), lambda: None)


def urn(raw: bytes) -> None:
    """An EPC URN or any other name of a thing."""
    text = _text(raw)
    elements_of(text)
    canonical_uri(text)
    to_urn(text)
    _each(lambda: identify(text), lambda: parse_epc(text), lambda: parse_urn(text))


def elements(raw: bytes) -> None:
    """Element strings, bracketed or not, and envelopes."""
    text = _text(raw)
    parse = {"(": parse_bracketed, "[": parse_envelope}.get(text[:1], parse_raw)
    parse(text)


def body(raw: bytes) -> None:
    """A JSON body with scans."""
    _each(lambda: read_json(raw, scanned=True), lambda: read_json(raw))


def scans_body(raw: bytes) -> None:
    """A JSON body of `/v1/scans`, model and all."""
    from chalicelib.http.validation import validated_json

    plain = read_json(raw, scanned=True)
    for one in validated_json(ScansBody, raw, plain).each():
        read_scan(one, 2026)


def document(raw: bytes) -> None:
    """A document of events, judged and interpreted as a capture does."""
    _each(
        lambda: _captured(raw, tolerant=False),
        lambda: _captured(raw, tolerant=True),
        lambda: read_master_data(read(raw)),
        lambda: read_transaction(read(raw)),
    )


def _captured(raw: bytes, *, tolerant: bool) -> None:
    check_document(raw, "", most=1_000, tolerant=tolerant)
    found = read(raw)
    for index, sent in enumerate(found.events):
        repaired = repair(sent, found.version) if tolerant else None
        if not (repaired.faults if repaired else check_event(sent)):
            take(repaired.event if repaired else sent, index, CAPTURER)


def event(raw: bytes) -> None:
    """One event alone."""
    found = read_event(raw)
    if not check_event(found):
        take(found, 0, CAPTURER)


def query(raw: bytes) -> None:
    """The parameters of an EPCIS query, in a URL and as JSON."""
    text = raw.decode("utf-8", errors="replace")
    named: Any = read_json(raw) if text.startswith("{") else {}
    _each(
        lambda: parse(dict(parse_qsl(text, keep_blank_values=True))),
        lambda: parse_json(named if isinstance(named, dict) else {}),
    )


def lms(raw: bytes) -> None:
    """The path of a verification between trading partners, up to the question."""
    text = raw.decode("utf-8", errors="replace")
    path, _, asked = text.partition("?")
    steps = dict(zip(path.split("/")[2::2], path.split("/")[3::2], strict=False))
    names = {"gtin": "gtin", "lot": "lot", "ser": "serial"}
    sent = {own: steps.get(name, "") for name, own in names.items()}
    parameters = read_parameters(QUESTION, read_path(sent))
    given = validated_query(QUESTION, dict(parse_qsl(asked, keep_blank_values=True)))
    assert isinstance(given, VerifyQuery)
    given.question(**parameters, version="1.3.0", this_year=2026)


def reply(raw: bytes) -> None:
    """What another responder says to a question of ours."""
    read_reply(read_object(raw, CAPTURER), a_question())


DOORS: Mapping[str, tuple[Callable[[bytes], None], str]] = MappingProxyType(
    {
        "scan": (scan, "scans"),
        "profiled": (profiled, "scans"),
        "strict_scan": (strict_scan, "scans"),
        "digital_link": (digital_link, "links"),
        "urn": (urn, "urns"),
        "elements": (elements, "elements"),
        "body": (body, "json"),
        "scans_body": (scans_body, "json"),
        "document_json": (document, "json"),
        "document_xml": (document, "xml"),
        "event": (event, "json"),
        "event_xml": (event, "xml"),
        "query": (query, "queries"),
        "lms": (lms, "lms"),
        "reply": (reply, "replies"),
    }
)
"""By name: the parser, and the folder of the corpus that it begins with."""
