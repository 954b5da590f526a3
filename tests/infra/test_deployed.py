"""What was packaged, deployed and used: API Gateway, Lambda, streams, queues, IAM, Cognito, KMS."""

import httpx
import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from infra.local.seed import MEMBERS
from infra.local.story import UNITS, freshness, play
from tests.infra.deployed import Clients, deployed, trusting

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("package"),
    pytest.mark.usefixtures("loopback"),
]


@pytest.fixture(scope="session")
def deployment(packaged, tmp_path_factory):
    enable_socket()
    socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    with deployed(packaged, tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def clients(deployment):
    network = Clients(deployment, MEMBERS)
    yield network
    network.close()


@pytest.fixture
def http(deployment):
    """A caller of the API, patient with cold starts on a busy machine."""
    trust = trusting(deployment.certificate)
    with httpx.Client(base_url=deployment.api, verify=trust, timeout=60) as client:
        yield client


@pytest.fixture
def trusted(deployment, monkeypatch):
    """Trust the emulator's certificate in clients of the story's own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(deployment.certificate))


@pytest.mark.usefixtures("trusted")
def test_the_story_can_be_played(deployment, clients, monkeypatch):
    monkeypatch.setattr("infra.local.story._TOLD_WITHIN_SECONDS", 150)  # four cold starts in a row
    told = []

    result = play(
        deployment.api,
        fresh=freshness(),
        tell=lambda who, what: told.append(who),
        tokens=clients.token,
        webhooks=False,
    )

    assert result.told == {"meddist": UNITS, "citypharm": 30, "ruralpharm": 20}
    assert set(told) == {member.id for member in MEMBERS}
    deployment.settle("recall", "notices", "captures")
    assert deployment.refusals() == []
    for queue in ("recall-dead", "notices-dead", "captures-dead", "stream-failures"):
        assert deployment.messages(queue) == 0


def test_a_message_about_a_capture_reaches_its_function_which_may_look_for_the_job(deployment):
    sqs = deployment.client("sqs")
    url = sqs.get_queue_url(QueueName="packtrail-captures")["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody='{"job": "unknown"}')

    deployment.settle("captures")
    assert deployment.refusals() == []
    assert deployment.messages("captures-dead") == 0


def test_nobody_gets_in_without_a_token(http):
    answer = http.get("/v1/me")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_of_the_user_pool_says_who_asks(http, clients):
    headers = {"Authorization": f"Bearer {clients.token('meddist-auditor')}"}

    answer = http.get("/v1/me", headers=headers)

    assert answer.json()["organisation"] == "meddist"
    assert answer.json()["roles"] == ["auditor"]


def test_the_local_issuer_is_not_there(http):
    form = {"grant_type": "client_credentials", "client_id": "acme-admin", "client_secret": "local"}

    answer = http.post("/oauth/token", data=form)

    assert answer.status_code == 404
