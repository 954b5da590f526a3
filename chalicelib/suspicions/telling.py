"""Telling trading partners that are members of the network, each of its own goods."""

from chalicelib.directory.store import Directory
from chalicelib.errors import PacktrailError
from chalicelib.notify import usecases as notify
from chalicelib.notify.model.delivery import Turn
from chalicelib.notify.model.message import Message, instant
from chalicelib.notify.store.endpoints import endpoints_of
from chalicelib.suspicions import store
from chalicelib.suspicions.model import Notice

TYPE = "suspicion.notice"


def tell(notice_id: str, turn: Turn) -> None:
    """Send a notice to every address at which its partner wants to hear of such.

    Raises:
        PacktrailError: some could not be reached now; to be called again.
    """
    notice = store.find_notice(notice_id)
    if notice is None or not notice.organisation:
        return
    endpoints = endpoints_of([notice.organisation]).get(notice.organisation, [])
    wanted = [(message(notice), each) for each in endpoints if each.wants(TYPE)]
    for outcome in notify.send_all(wanted, turn):
        if isinstance(outcome, PacktrailError):
            raise outcome


def message(notice: Notice) -> Message:
    """Return what a partner is told: its own goods, and whom to ask."""
    teller = Directory().organisations_of([notice.teller]).get(notice.teller)
    contact = notice.contact
    data = {
        "notice": notice.id,
        "state": notice.state.value,
        "classification": notice.classification and notice.classification.value,
        "from": {"gln": str(notice.teller), "name": teller.name if teller else None},
        "contact": {
            "name": contact.name or None,
            "telephone": contact.telephone or None,
            "email": contact.email or None,
        },
        "roles": sorted(role.value for role in notice.partner.roles),
        "things": [epc.digital_link() for epc in notice.partner.things],
        "decidedAt": instant(notice.at),
    }
    source = f"/v1/suspicion-notices#{notice.id}"
    return Message(notice.id, notice.organisation, TYPE, source, notice.at, data)
