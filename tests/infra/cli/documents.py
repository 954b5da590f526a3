"""Small documents for the command, and the command as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.architecture import ROOT

EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T08:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "epcList": ["urn:epc:id:sgtin:0614141.812345.6789"],
    "action": "OBSERVE",
    "bizStep": "shipping",
}
HASH = "ni:///sha-256;"


def document(*events: Any, **more: Any) -> bytes:
    found = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T09:00:00Z",
        "epcisBody": {"eventList": list(events)},
        **more,
    }
    return json.dumps(found).encode()


def xml(step: str = "urn:epcglobal:cbv:bizstep:shipping", offset: str = "+00:00") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2"
    creationDate="2026-03-01T09:00:00Z">
  <EPCISBody><EventList><ObjectEvent>
    <eventTime>2026-03-01T08:00:00Z</eventTime>
    <eventTimeZoneOffset>{offset}</eventTimeZoneOffset>
    <epcList><epc>urn:epc:id:sgtin:0614141.812345.6789</epc></epcList>
    <action>OBSERVE</action>
    <bizStep>{step}</bizStep>
  </ObjectEvent></EventList></EPCISBody>
</epcis:EPCISDocument>""".encode()


def saved(folder: Path, name: str, raw: bytes) -> str:
    path = folder / name
    path.write_bytes(raw)
    return str(path)


def packtrail(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
    )
