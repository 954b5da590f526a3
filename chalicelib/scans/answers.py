"""From a scan to what is answered of it."""

from datetime import date

from chalicelib.errors import Malformed
from chalicelib.gs1 import dates
from chalicelib.gs1.identifiers import find
from chalicelib.gs1.scan import Scan
from chalicelib.gs1.schemes import urn_among
from chalicelib.http.scanning import RemarkAnswer, remarks, scanned
from chalicelib.scans.wire import ElementAnswer, ScanAnswer, ScanBody

# Names of keys and their parts, by AI.
_NAMES = {
    "00": "sscc",
    "01": "gtin",
    "02": "contentGtin",
    "03": "mtoGtin",
    "10": "lot",
    "21": "serial",
    "22": "variant",
    "235": "tpx",
    "253": "gdti",
    "254": "glnExtension",
    "255": "gcn",
    "401": "ginc",
    "402": "gsin",
    "410": "gln",
    "411": "gln",
    "412": "gln",
    "413": "gln",
    "415": "gln",
    "416": "gln",
    "414": "gln",
    "417": "gln",
    "8003": "grai",
    "8004": "giai",
    "8006": "itip",
    "8010": "cpid",
    "8011": "cpidSerial",
    "8013": "gmn",
    "8017": "gsrnProvider",
    "8018": "gsrn",
}
_DATA_TITLES = {
    "9N": "PPN",
    "8P": "GTIN",
    "1T": "BATCH/LOT",
    "S": "SERIAL",
    "D": "USE BY or EXPIRY",
}


def read(body: ScanBody, this_year: int) -> ScanAnswer:
    """Return what a scan says, or why it cannot be read.

    Args:
        body: the scan.
        this_year: the reader's year, four digits, which settles the century of dates.
    """
    try:
        scan = scanned(body.scan, body.symbology, body.profile)
        elements = [_element(ai, value, this_year) for ai, value in scan.spelt or scan.elements]
        keys = _keys(scan, this_year)
    except Malformed as fault:
        return _unread(fault)
    return ScanAnswer(
        valid=True,
        elements=elements,
        keys=keys,
        digital_link=_link(scan),
        warnings=remarks(scan.remarks),
        errors=[],
    )


def _unread(fault: Malformed) -> ScanAnswer:
    code = fault.errors[0].code if fault.errors else fault.code
    errors = [RemarkAnswer(code=code, message=fault.detail)]
    return ScanAnswer(
        valid=False, elements=[], keys={}, digital_link=None, warnings=[], errors=errors
    )


def _element(ai: str, value: str, this_year: int) -> ElementAnswer:
    identifier = find(ai)
    if identifier is None:
        day = dates.parse(value, this_year=this_year) if ai == "D" else None
        return ElementAnswer(ai=ai, title=_DATA_TITLES.get(ai, ""), value=value, date=day)
    return ElementAnswer(
        ai=ai, title=identifier.title, value=value, date=_day(identifier.day(value), this_year)
    )


def _day(digits: str | None, this_year: int) -> date | None:
    if digits is None:
        return None
    if len(digits) == 6:
        return dates.parse(digits, this_year=this_year)
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _keys(scan: Scan, this_year: int) -> dict[str, str]:
    keys = {_NAMES[ai]: value for ai, value in reversed(scan.elements) if ai in _NAMES}
    if (expiry := scan.expiry_date(this_year=this_year)) is not None:
        keys["expiry"] = expiry.isoformat()
    if ppn := dict(scan.spelt).get("9N"):
        keys["ppn"] = ppn
    if urn := urn_among(scan.identifying):
        keys["epcUrn"] = urn
    return keys


def _link(scan: Scan) -> str | None:
    try:
        return scan.digital_link()
    except Malformed:
        return None
