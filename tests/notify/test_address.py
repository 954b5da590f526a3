"""Addresses that may be called, and the many spellings of those that may not."""

from ipaddress import ip_address

import pytest

from chalicelib.errors import Malformed
from chalicelib.notify.address import Target, public, read_url


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://a.example/", Target(True, "a.example", 443, "/")),
        ("https://A.Example", Target(True, "a.example", 443, "/")),
        ("https://a.example:443/x?y=1&z", Target(True, "a.example", 443, "/x?y=1&z")),
        ("https://93.184.215.14/x", Target(True, "93.184.215.14", 443, "/x")),
        ("https://[2606:2800:21f::1]/x", Target(True, "2606:2800:21f::1", 443, "/x")),
        ("https://xn--bcher-kva.example/", Target(True, "xn--bcher-kva.example", 443, "/")),
    ],
)
def test_public_addresses_are_read(url: str, target: Target) -> None:
    assert read_url(url, local=False) == target


def test_the_authority_names_a_port_only_when_it_is_another() -> None:
    assert Target(True, "a.example", 443, "/").authority == "a.example"
    assert Target(True, "2606::1", 443, "/").authority == "[2606::1]"
    assert Target(False, "localhost", 9000, "/", here=True).authority == "localhost:9000"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example",
        "//a.example/",
        "ftp://a.example/",
        "file:///etc/passwd",
        "gopher://a.example/",
        "https:///x",
        "https://",
        "http://a.example/",
        "https://a.example:80/",
        "https://a.example:8443/",
        "https://a.example:22/",
        "https://a.example:0/",
        "https://a.example:99999/",
        "https://a.example:x/",
        "https://user@a.example/",
        "https://user:word@a.example/",
        "https://a.example@127.0.0.1/",
        "https://a.example/#x",
        "https://a.example\\@127.0.0.1/",
        "https://a.example /",
        "https://a.example/\r\nX: y",
        "https://a.example/\x00",
        "https://bücher.example/",
        "https://a..example/",
        "https://.example/",
        "https://a.example./",
        "https://-a.example/",
        "https://%31%32%37.0.0.1/",
        "https://intranet/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://a.example.0x7f/",
        "https://10.0.0.8/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b:1::1]/",
        "https://[2002:7f00:1::]/",
        "https://[2001:0:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fd00:ec2::254]/",
        "https://[ff02::1]/",
        "https://[a.example]/",
        "https://[::1",
        "https://a.example/" + "x" * 2048,
    ],
)
def test_what_is_not_public_or_not_plain_is_refused(url: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_url(url, local=False)

    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/url", "url")]
    assert refused.value.detail.startswith("found a URL ")
    assert ", expected " in refused.value.detail


def test_a_refusal_says_what_was_found_and_what_was_expected() -> None:
    with pytest.raises(Malformed) as refused:
        read_url("https://0x7f.1/", local=False)

    assert refused.value.detail == (
        "found a URL that names the host '0x7f.1', expected a DNS name or a plain IP address"
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/hook",
        "http://localhost:9000/",
        "https://[::1]:9/",
        "http://127.9.9.9/",
    ],
)
def test_this_machine_is_an_address_only_in_local_mode(url: str) -> None:
    assert read_url(url, local=True).here

    with pytest.raises(Malformed):
        read_url(url, local=False)


@pytest.mark.parametrize("url", ["http://a.example/", "http://10.0.0.1/", "https://192.168.0.1:9/"])
def test_local_mode_opens_nothing_but_this_machine(url: str) -> None:
    with pytest.raises(Malformed):
        read_url(url, local=True)


@pytest.mark.parametrize(
    "address",
    [
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "100.63.255.255", "172.32.0.1", "2606:4700::1111"]
)
def test_other_addresses_are_public(address: str) -> None:
    assert public(ip_address(address))
