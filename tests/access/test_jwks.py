from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from chalicelib.access.jwks import FIRST_PAUSE, FRESH, PAUSE, Jwks, fetch_https, keys_of
from chalicelib.errors import Busy
from tests.access.issuer import jwk_of, jwks, private_key

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
URL = "https://issuer.example/.well-known/jwks.json"


class Issuer:
    """Answers with its documents one after the other, the last one for ever."""

    def __init__(self, *documents: bytes | Exception) -> None:
        self.documents = list(documents)
        self.asked = 0

    def __call__(self, url: str) -> bytes:
        assert url == URL
        document = self.documents[min(self.asked, len(self.documents) - 1)]
        self.asked += 1
        if isinstance(document, Exception):
            raise document
        return document


def good(kid: str = "key-1") -> bytes:
    return jwks(jwk_of(private_key(), kid=kid))


def test_keys_are_fetched_when_first_needed_and_kept():
    issuer = Issuer(good())
    keys = Jwks(URL, issuer)

    assert issuer.asked == 0
    for second in range(100):
        assert keys.key("key-1", at=AT + timedelta(seconds=second)) is not None
    assert issuer.asked == 1


def test_a_flood_of_unknown_keys_is_at_most_one_question_in_five_minutes():
    issuer = Issuer(good())
    keys = Jwks(URL, issuer)

    for second in range(1200):
        assert keys.key(f"invented-{second}", at=AT + timedelta(seconds=second)) is None
        assert keys.key("key-1", at=AT + timedelta(seconds=second)) is not None
    assert issuer.asked == 1200 // PAUSE.seconds


def test_a_new_key_is_found_after_the_pause():
    issuer = Issuer(good(), good("key-2"))
    keys = Jwks(URL, issuer)
    keys.key("key-1", at=AT)

    assert keys.key("key-2", at=AT + PAUSE - timedelta(seconds=1)) is None
    assert keys.key("key-2", at=AT + PAUSE) is not None


def test_a_key_that_the_issuer_took_back_is_forgotten():
    issuer = Issuer(good(), good("key-2"))
    keys = Jwks(URL, issuer)

    assert keys.key("key-1", at=AT) is not None
    assert keys.key("key-1", at=AT + FRESH + timedelta(seconds=1)) is None


@pytest.mark.parametrize("failure", [OSError("down"), b"no json", b"[]", b'{"keys": 1}', b"\xff"])
def test_known_keys_outlive_an_outage(failure):
    issuer = Issuer(good(), failure)
    keys = Jwks(URL, issuer)

    assert keys.key("key-1", at=AT) is not None
    assert keys.key("key-1", at=AT + FRESH + timedelta(seconds=1)) is not None
    assert keys.key("key-1", at=AT + FRESH + timedelta(days=30)) is not None
    assert issuer.asked == 3


def test_an_issuer_that_never_answered_is_no_fault_of_the_caller():
    issuer = Issuer(OSError("down"), good())
    keys = Jwks(URL, issuer)

    with pytest.raises(Busy):
        keys.key("key-1", at=AT)
    with pytest.raises(Busy):
        keys.key("key-1", at=AT + FIRST_PAUSE / 2)
    assert issuer.asked == 1
    assert keys.key("key-1", at=AT + FIRST_PAUSE) is not None


def test_a_bug_in_fetching_is_not_an_outage():
    with pytest.raises(KeyError):
        Jwks(URL, Issuer(KeyError("bug"))).key("key-1", at=AT)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_each_kind_of_key_has_its_one_algorithm(algorithm):
    found = keys_of(jwks(jwk_of(private_key(algorithm))))

    assert found["key-1"].algorithm == algorithm


def test_keys_that_cannot_be_used_are_passed_over():
    rsa = jwk_of(private_key())
    document = jwks(
        {**rsa, "kid": "encryption", "use": "enc"},
        {**rsa, "kid": "other algorithm", "alg": "RS512"},
        {**rsa, "kid": 5},
        {**rsa, "kid": "broken", "n": "x"},
        {"kid": "empty", "kty": "RSA"},
        {"kid": "secret", "kty": "oct", "k": "c2VjcmV0"},
        {"kid": "curve", "kty": "EC", "crv": "P-521"},
        {**rsa, "kid": "private", "d": "AQAB"},
        jwk_of(private_key("RS256", bits=1024), kid="short"),
        {**rsa, "kid": "signature", "use": "sig", "alg": "RS256"},
    )

    assert set(keys_of(document)) == {"signature"}
    assert keys_of(b'{"keys": ["x"]}') == {}


@pytest.mark.parametrize("url", ["http://issuer.example/jwks", "file:///etc/passwd", ""])
def test_only_https_is_asked(url):
    with pytest.raises(ValueError, match="is no https address"):
        Jwks(url)


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/keys")
            self.end_headers()
            return
        body = b"x" * (300 * 1024) if self.path == "/large" else b'{"keys": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None: ...


@pytest.fixture
def address(loopback):
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_document_is_fetched_as_it_is(address):
    assert fetch_https(f"{address}/keys") == b'{"keys": []}'


def test_no_redirect_is_followed(address):
    with pytest.raises(OSError, match="302"):
        fetch_https(f"{address}/redirect")


def test_a_document_has_its_limit(address):
    with pytest.raises(ValueError, match="more than"):
        fetch_https(f"{address}/large")
