"""One door for a key in any spelling: Digital Link, EPC URN, element string or scan.

Systems spell as the standards say, and `parse_epc` reads that alone. What people scan comes through
scanners and keyboards, and `parse_goods` undoes what those did.

>>> parse_goods("urn:epc:id:sgtin:0614141.812345.6789")
Sgtin(gtin=Gtin(digits='80614141123458'), serial='6789')
>>> parse_epc("https://example.com/01/09506000134352/10/A1?17=281231")
Lgtin(gtin=Gtin(digits='09506000134352'), lot='A1')
"""

from chalicelib.gs1.keys import Epc, Gln, Gtin, Lgtin, Sgln, Sgtin, Sscc
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.scan import Remark, Scan, parse_scan

AnyKey = Gtin | Sgtin | Lgtin | Sscc | Gln | Sgln

_PRIMARY = ("00", "01", "414", "417")


def parse_epc(text: str) -> AnyKey:
    """Read a key and leave aside what else was said: expiry, a lot beside a serial, attributes.

    Raises:
        Malformed: the codes of `parse_scan`; `kind` when the text names no goods, lot, place or
            party, or more than one of them.
    """
    return _named(parse_scan(text), text)


def _named(scan: Scan, text: str) -> AnyKey:
    values = dict(scan.identifying)
    primary = [ai for ai in _PRIMARY if ai in values]
    if len(primary) != 1:
        expected = "exactly one of an SSCC, a GTIN, a place (414) and a party (417)"
        raise refused("kind", "one key", text, expected)
    return _key(primary[0], values)


def parse_goods(text: str) -> Epc:
    """Read the key of one item or one logistic unit, as it was scanned.

    Raises:
        Malformed: as `parse_epc`; `ambiguous` when it reads in several ways; `kind` for a class, a
            place or a party.
    """
    return scanned_goods(text)[0]


def scanned_goods(text: str) -> tuple[Epc, tuple[Remark, ...]]:
    """Read it as `parse_goods` does, and return what of the scan was put right as well."""
    from chalicelib.gs1.scanners import read_scan  # noqa: PLC0415 - systems need none (cold start)

    scan = read_scan(text)
    key = _named(scan, text)
    if isinstance(key, Sgtin | Sscc):
        return key, scan.remarks
    expected = "a GTIN with serial, or an SSCC"
    raise refused("kind", "one item or logistic unit", text, f"{expected}, found {key!s}")


def _key(ai: str, values: dict[str, str]) -> AnyKey:
    value = values[ai]
    if ai == "00":
        return Sscc(value)
    if ai == "414":
        return Sgln(Gln(value), values.get("254"))
    if ai == "417":
        return Gln(value)
    if "21" in values:
        return Sgtin(Gtin(value), values["21"])
    return Lgtin(Gtin(value), values["10"]) if "10" in values else Gtin(value)
