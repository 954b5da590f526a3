"""Which addresses may be called: a partner's words become a target, or are refused.

A URL is what somebody typed who may not be our friend. Its host is resolved once, every address it
resolves to must be public, and the connection goes to one of those addresses: a name that answers
differently the second time gains nothing.

Sources: RFC 6890 and the IANA special-purpose address registries (2025-10); WHATWG URL, "ends in a
number" (numeric hosts have a dozen spellings, of which only the dotted quad is accepted).
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from chalicelib.errors import Malformed

Address = IPv4Address | IPv6Address

MOST_CHARACTERS = 2048
PORTS = frozenset({443})
EXPECTED = "https://host/path"

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

_CLOSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared, carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, metadata services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_OPEN_V6 = IPv6Network("2000::/3")
"""The only global unicast space: NAT64, mapped, link-local, unique local, multicast are outside."""
_CLOSED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address of anybody's choice
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes.

    Attributes:
        secure: over TLS.
        host: name or literal address, lower case, IPv6 without brackets.
        port: TCP port.
        path: path and query, as they stand in the request line.
        here: this very machine; only ever true in local mode.
    """

    secure: bool
    host: str
    port: int
    path: str
    here: bool = False

    @property
    def authority(self) -> str:
        """Return the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    def admits(self, address: Address) -> bool:
        """Whether the host may resolve to that address."""
        return address.is_loopback if self.here else public(address)


def public(address: Address) -> bool:
    """Whether an address is reachable on the Internet at large and belongs to one machine.

    >>> public(ip_address("64:ff9b::7f00:1"))
    False
    """
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _CLOSED_V4)
    return address in _OPEN_V6 and not any(address in block for block in _CLOSED_V6)


def read_url(text: str, *, local: bool) -> Target:
    """Read the URL of an endpoint.

    Args:
        text: absolute https URL, port 443; in local mode also http and any port on this machine.
        local: whether this is local mode.

    Raises:
        Malformed: with the field `/url`; nothing has been resolved or called.
    """
    if len(text) > MOST_CHARACTERS:
        raise _refused(f"of {len(text)} characters", f"at most {MOST_CHARACTERS}")
    if not _VISIBLE.fullmatch(text) or "\\" in text:
        raise _refused("with other characters", "visible ASCII without backslash")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _refused("that cannot be read", EXPECTED) from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise _refused("that is not absolute", EXPECTED)
    if "@" in parts.netloc or "#" in text:
        raise _refused("with user information or a fragment", EXPECTED)
    target = Target(
        secure=parts.scheme == "https",
        host=_host(parts.hostname, bracketed="[" in parts.netloc),
        port=port if port is not None else (443 if parts.scheme == "https" else 80),
        path=_path(parts),
        here=local and _is_this_machine(parts.hostname),
    )
    _check(target)
    return target


def _check(target: Target) -> None:
    """Refuse what can be refused without resolving a name."""
    if target.here:
        return
    if not target.secure:
        raise _refused("that is not encrypted", EXPECTED)
    if target.port not in PORTS:
        raise _refused(f"that names port {target.port}", "port 443")
    literal = _literal(target.host)
    if literal is None and "." not in target.host:
        raise _refused("that names no public host", EXPECTED)
    if literal is not None and not public(literal):
        raise _refused("that names an address that is not public", "a public one")


def _host(host: str, *, bracketed: bool) -> str:
    """Return the host in its one spelling: every other spelling of a number is refused."""
    literal = _literal(host)
    if literal is not None and bracketed == (literal.version == 6) and "%" not in host:
        return str(literal)
    if bracketed or not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise _refused(f"that names the host {host!r}", "a DNS name or a plain IP address")
    return host


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_this_machine(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" if literal is None else literal.is_loopback


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _refused(what: str, expected: str) -> Malformed:
    return Malformed.field("/url", "url", f"found a URL {what}, expected {expected}")
