"""The four organisations of the story, and a client for each of their roles."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.access.model import Role
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.model import Organisation
from chalicelib.directory.store import Directory
from chalicelib.directory.usecases import seed as seed_organisation
from chalicelib.gs1.keys import Gln

SECRET = "local"  # noqa: S105 - known to everybody, and good on this machine only


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation of the story.

    GLNs are of the prefix 952, which GS1 keeps for examples.
    """

    id: str
    gln: str
    name: str
    role: str
    operator: bool = False


MEMBERS = (
    Member("acme", "9521000000018", "Acme Pharma", "manufacturer", operator=True),
    Member("meddist", "9522000000015", "MedDist", "distributor"),
    Member("citypharm", "9523000000012", "City Pharmacy", "pharmacy"),
    Member("ruralpharm", "9524000000019", "Rural Pharmacy", "pharmacy"),
)


def seed(at: datetime) -> None:
    """Register the organisations and their clients, as far as they are not there.

    A client is called `<organisation>-<role>`, and its secret is `SECRET`.
    """
    for member in MEMBERS:
        seed_organisation(
            Organisation(member.id, Gln(member.gln), member.name, (member.role,), member.operator),
            {role.value: [role] for role in Role},
            secret=SECRET,
            at=at,
            directory=Directory(),
            clients=ClientStore(),
        )
