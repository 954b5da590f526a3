"""The packaged artefact, deployed into an emulated AWS that enforces IAM.

ministack runs as a child process on 127.0.0.1, takes the template and the zip that `make package`
made, and runs the functions in processes of their own, with the zip as their only code and with
the credentials of their roles. Under `AUTH=true` it refuses what a role's policies do not allow.

What differs from AWS, all of it here:
- the keys of access tokens are fetched from the emulator, not from Cognito's own address;
- it asks for `sqs:SendMessageBatch`, which is no action of IAM: `sqs:SendMessage` allows both;
- retries, bisecting and the on-failure queue of streams are not emulated (tested in `local/`);
- a path's `%2F` is decoded before it is matched, so serials with a slash are not found;
- the gateway's own errors have the emulator's bodies: it does not read them from the API's body.
"""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
from botocore.session import get_session

from infra.local.seed import Member
from infra.template import of_type

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
STACK = "packtrail"
BUCKET = "artefacts"

# The emulator ends with us, however we end: its standard input does.
_EMULATOR = """
import os, signal, sys, threading
def follow():
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=follow, daemon=True).start()
from ministack import app
app._port_is_bindable = lambda host, port: False  # under TLS it would take port 443 as well
app.main()
"""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stack in an emulator.

    Attributes:
        api: what paths of the API begin with.
        tokens: where a client exchanges its id and secret for a token.
        outputs: of the stack.
        certificate: of the emulator, to be trusted.
        environment: for commands that work on the stack.
    """

    api: str
    tokens: str
    outputs: Mapping[str, str]
    certificate: Path
    environment: Mapping[str, str]
    log: Path

    def client(self, service: str) -> Any:
        """Return a client of the emulated account, as its administrator."""
        return _client(service, self.environment["AWS_ENDPOINT_URL"], self.certificate)

    def messages(self, queue: str) -> int:
        """Return how many messages are in a queue, in flight or not."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=f"{STACK}-{queue}")["QueueUrl"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def settle(self, *queues: str) -> None:
        """Wait until queues are empty.

        Raises:
            AssertionError: one is not, after a minute.
        """
        deadline = time.monotonic() + 60
        while left := {queue: count for queue in queues if (count := self.messages(queue))}:
            assert time.monotonic() < deadline, f"messages are left: {left}"
            time.sleep(0.1)

    def refusals(self) -> list[str]:
        """Return what IAM refused, which a function should have been allowed."""
        logs = self.client("logs")
        groups = logs.describe_log_groups()["logGroups"]
        said = [
            event["message"]
            for group in groups
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        ]
        said += self.log.read_text().splitlines()
        return [line for line in said if "is not authorized to" in line]


@contextmanager
def deployed(package: Path, scratch: Path) -> Iterator[Deployment]:
    """Deploy `cfn.json` and `deployment.zip` of `package` and yield where they are."""
    certificate = _self_signed(scratch)
    with _emulator(scratch, certificate) as url:
        environment = _environment(url, certificate)
        template = json.loads((package / "cfn.json").read_text())
        key = template["Parameters"]["CodeKey"]["Default"]
        s3 = _client("s3", url, certificate)
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key=key, Body=(package / "deployment.zip").read_bytes())
        s3.put_object(Bucket=BUCKET, Key="cfn.json", Body=json.dumps(_adapted(template, url)))
        outputs = _stack(_client("cloudformation", url, certificate), url)
        yield Deployment(
            api=f"{url}/_aws/execute-api/{outputs['RestAPIId']}/api",
            tokens=f"{url}/oauth2/token",
            outputs=outputs,
            certificate=certificate,
            environment=environment,
            log=scratch / "emulator.log",
        )


def _adapted(template: dict[str, Any], url: str) -> dict[str, Any]:
    """Make up for the emulator; everything else stays as it is packaged."""
    for role in of_type(template, "AWS::IAM::Role").values():
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
            if "sqs:SendMessage" in statement["Action"]:
                statement["Action"].append("sqs:SendMessageBatch")
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    variables["PACKTRAIL_JWKS_URL"] = {"Fn::Sub": f"{url}/${{UserPool}}/.well-known/jwks.json"}
    return template


def _stack(cloudformation: Any, url: str) -> dict[str, str]:
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"{url}/{BUCKET}/cfn.json",
        Parameters=[{"ParameterKey": "CodeBucket", "ParameterValue": BUCKET}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    while True:
        (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            break
        time.sleep(0.05)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [event.get("ResourceStatusReason", "") for event in events]
        raise AssertionError("\n".join([stack["StackStatus"], *filter(None, reasons)]))
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _client(service: str, url: str, certificate: Path) -> Any:
    return get_session().create_client(
        service,
        region_name=REGION,
        endpoint_url=url,
        verify=str(certificate),
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def _environment(url: str, certificate: Path) -> dict[str, str]:
    """Return the environment of an administrator, and of nobody's real account."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PACKTRAIL_"))}
    return kept | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "AWS_CA_BUNDLE": str(certificate),
        "SSL_CERT_FILE": str(certificate),
    }


@contextmanager
def _emulator(scratch: Path, certificate: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"https://127.0.0.1:{port}"
    settings = {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": "unix:///nonexistent",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",  # it would listen on every address
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_SSL_CERT": str(certificate),
        "MINISTACK_SSL_KEY": str(certificate.with_name("key.pem")),
        "SFTP_ENABLED": "0",
        "TMPDIR": str(scratch),
        "USE_SSL": "1",
    }
    with (scratch / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _EMULATOR],
            env=_environment(url, certificate) | settings,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _await(process, url, certificate)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def trusting(certificate: Path) -> ssl.SSLContext:
    """Return a context for connections to the emulator."""
    return ssl.create_default_context(cafile=str(certificate))


def _await(process: subprocess.Popen[bytes], url: str, certificate: Path) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/_ministack/health", verify=trusting(certificate))
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the emulator did not start")


def _self_signed(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1: keys of tokens are fetched over https only."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "emulator")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.with_name("key.pem").write_bytes(private)
    return path


class Clients:
    """The clients of the network's members, made as a network makes them.

    The operator is founded with `python -m infra.found`; its admin registers everybody else through
    the API; tokens come from the user pool.
    """

    def __init__(self, deployment: Deployment, members: Sequence[Member]) -> None:
        self._deployment = deployment
        self._http = httpx.Client(verify=trusting(deployment.certificate), timeout=60)
        self._known: dict[str, tuple[str, str]] = {}
        (operator,) = (member for member in members if member.operator)
        self._admin = f"{operator.id}-admin"
        self._found(operator)
        for member in members:
            if not member.operator:
                body = {"id": member.id, "gln": member.gln, "name": member.name}
                self._post("/v1/organisations", body | {"roles": [member.role]})

    def token(self, client: str) -> str:
        """Return a token of a client such as `acme-line`, which is made if it is not there."""
        if client not in self._known:
            organisation, _, role = client.partition("-")
            path = f"/v1/organisations/{organisation}/clients"
            made = self._post(path, {"name": role, "roles": [role]})
            self._known[client] = made["clientId"], made["clientSecret"]
        grant = {"grant_type": "client_credentials"}
        answer = self._http.post(self._deployment.tokens, data=grant, auth=self._known[client])
        return str(answer.raise_for_status().json()["access_token"])

    def _found(self, operator: Member) -> None:
        said = {"--organisation": operator.id, "--name": operator.name, "--gln": operator.gln}
        options = [word for option in said.items() for word in option]
        ran = subprocess.run(
            [sys.executable, "-m", "infra.found", "--stack", STACK, *options],
            env=self._deployment.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
        told = json.loads(ran.stdout)
        self._known[self._admin] = told["clientId"], told["clientSecret"]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self._http.post(
            self._deployment.api + path,
            json=body,
            headers={
                "Authorization": f"Bearer {self.token(self._admin)}",
                "Idempotency-Key": json.dumps(body),
            },
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
