"""A private API with EPCIS routes of each kind, for the tests of what EPCIS adds to HTTP."""

from chalicelib.access.model import Scope
from chalicelib.http.epcis import ALL_TYPES
from chalicelib.http.epcis_paging import page_after, page_headers, per_page
from chalicelib.http.routing import Answer, Call, Routes, Text

routes = Routes("chalicelib.private.routes")
raised: list[Exception] = []


@routes.epcis_get("/events", scope=Scope.VERIFY, any_query=True, produces=ALL_TYPES)
def events(call: Call) -> Answer | Text:
    asked = call.epcis
    if asked.xml:
        return Text(f"<v>{asked.version} {asked.cbv_xml_format}</v>", asked.media_type)
    return Answer({"asked": dict(call.parameters), "epcs": asked.epc_format})


@routes.epcis_get("/events/{event_id}", scope=Scope.VERIFY)
def event(call: Call, event_id: str) -> dict[str, str]:
    return {"id": event_id, "path": call.path}


@routes.epcis_get("/epcs/{epc}", scope=Scope.VERIFY)
def epc(call: Call, epc: str) -> dict[str, str]:
    return {"epc": epc}


@routes.epcis_get("/epcs/{epc}/events", scope=Scope.VERIFY, any_query=True)
def epc_events(call: Call, epc: str) -> dict[str, str]:
    return {"eventsOf": epc}


@routes.epcis_post(
    "/capture", scope=Scope.PACK, status=202, capture_limit=1000, capture_bytes=5_000_000
)
def capture(call: Call) -> Answer:
    told = {"type": call.epcis.body_type, "version": call.epcis.body_version}
    told |= {"length": len(call.raw), "behaviour": call.epcis.error_behaviour}
    return Answer(told, headers={"Location": f"/capture/{call.operation}"})


@routes.epcis_get("/capture", scope=Scope.VERIFY, any_query=True)
def captures(call: Call) -> Answer:
    after = int(page_after(call) or 0)
    last = after + per_page(call)
    headers = page_headers(call, str(last) if last < 100 else None)
    return Answer({"first": after, "last": last}, headers=headers)


@routes.epcis_get("/queries/{name}", scope=Scope.VERIFY)
def query(call: Call, name: str) -> None:
    raise raised[-1]


@routes.epcis_delete("/queries/{name}", scope=Scope.VERIFY)
def no_query(call: Call, name: str) -> None: ...
