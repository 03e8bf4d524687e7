"""Which addresses may be called: https, on the public internet, and no other than the shop's own."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

from connectors.fetching.errors import ShopProblem


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
    parts = urlsplit(text if "//" in text else f"https://{text}")
    is_test = settings.CONNECTORS_ALLOW_LOOPBACK and _is_loopback(parts.hostname or "")
    try:
        port = parts.port
    except ValueError:
        port = -1
    wrong = not parts.hostname or parts.username or parts.query or parts.fragment or port == -1
    if wrong or (parts.scheme != "https" and not is_test):
        raise ShopProblem(_("The address must be as https://my-shop.example.com."))
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


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
    if settings.CONNECTORS_ALLOW_LOOPBACK and ip.is_loopback:
        return True
    return ip.is_global and not ip.is_multicast


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
