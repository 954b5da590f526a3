from chalicelib.access.model import Role
from chalicelib.directory.clients import ClientStore, actor_of
from chalicelib.directory.store import Directory
from infra.local.seed import MEMBERS, seed


def test_four_organisations_know_each_other_by_their_glns(aws, at):
    seed(at)

    found = {member.id: Directory().get(member.id) for member in MEMBERS}
    assert {name: str(each.gln) for name, each in found.items()} == {
        "acme": "9521000000018",
        "meddist": "9522000000015",
        "citypharm": "9523000000012",
        "ruralpharm": "9524000000019",
    }
    assert [name for name, each in found.items() if each.operator] == ["acme"]


def test_each_has_a_client_for_each_role(aws, at):
    seed(at)

    for member in MEMBERS:
        for role in Role:
            actor = actor_of(f"{member.id}-{role.value}", at)
            assert (actor.organisation, actor.roles) == (member.id, {role})


def test_seeding_again_changes_nothing(aws, at):
    seed(at)
    before = aws.snapshot()

    seed(at)

    assert aws.snapshot() == before


def test_a_revoked_client_stays_revoked(aws, at):
    seed(at)
    ClientStore().revoke("acme-line", at)

    seed(at)

    assert actor_of("acme-line", at) is None
