"""Which addresses may be called: https, on the public internet, and no other than the shop's own."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

from connectors.fetching.errors import ShopProblem

NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Place:
    """Where a shop is reached: ``path`` is what its own addresses begin with."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        is_usual = self.port == (443 if self.scheme == "https" else 80)
        return self.host if is_usual else f"{self.host}:{self.port}"


def plain_address(text: str) -> str:
    """An address as it is stored: ``https://host/path`` without a slash at its end. Raises ShopProblem."""
    text = text.strip()
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        is_wrong = not parts.hostname or parts.username or parts.query or parts.fragment or parts.port == 0
    except ValueError:  # no port, or no IPv6 address
        raise _wrong_address() from None
    is_test = settings.CONNECTORS_ALLOW_LOOPBACK and _is_loopback(parts.hostname or "")
    if is_wrong or (parts.scheme != "https" and not is_test):
        raise _wrong_address()
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _wrong_address() -> ShopProblem:
    return ShopProblem(_("The address must be as https://my-shop.example.com."))


def place_of(address: str) -> Place:
    """Raises ShopProblem."""
    parts = urlsplit(plain_address(address))
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Place(parts.scheme, parts.hostname or "", port, parts.path)


def resolved(place: Place) -> str:
    """An IP address of the host that may be called. Raises ShopProblem.

    The caller connects to this address and to no other, so that a name cannot point elsewhere a moment later.
    """
    try:
        answers = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ShopProblem(_("%(host)s is not known: check the address."), host=place.host) from None
    addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    if not addresses or not all(_may_be_called(one) for one in addresses):
        raise ShopProblem(_("%(host)s is not on the public internet."), host=place.host)
    return addresses[0]


def _may_be_called(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if (inner := _inner(ip)) is not None:
        return _may_be_called(str(inner))
    if settings.CONNECTORS_ALLOW_LOOPBACK and ip.is_loopback:
        return True
    return ip.is_global and not ip.is_multicast


def _inner(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that one of IPv6 leads to by way of a gateway."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
