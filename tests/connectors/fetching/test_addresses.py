"""Only shops on the public internet are called, by https."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from connectors.fetching.addresses import place_of, plain_address, resolved
from connectors.fetching.errors import ShopProblem


@pytest.fixture(autouse=True)
def in_production(settings: Settings, on_this_machine: None) -> None:
    settings.CONNECTORS_ALLOW_LOOPBACK = False


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def answers(host: str, port: int, **options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answers)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("looms.myshopify.com", "https://looms.myshopify.com"),
        (" https://Knits.example.com/shop/ ", "https://knits.example.com/shop"),
    ],
)
def test_addresses_are_stored_in_one_form(text: str, plain: str) -> None:
    assert plain_address(text) == plain


@pytest.mark.parametrize(
    "text",
    ["http://shop.example.com", "ftp://shop.example.com", "https://user:pass@shop.example.com", "https://",
     "", "https://shop.example.com/?a=1", "https://shop.example.com:99999", "https://[::1", "https://a:0"],
)  # fmt: skip
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(ShopProblem):
        plain_address(text)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.5", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1",  # noqa: S104  # nothing is bound
     "fd00::1", "224.0.0.1",
     "100.64.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:5::"],
)  # fmt: skip
def test_names_that_lead_into_the_own_network_are_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    leads_to(monkeypatch, "93.184.216.34", address)
    with pytest.raises(ShopProblem):
        resolved(place_of("https://shop.example.com"))


def test_a_public_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "93.184.216.34")
    assert resolved(place_of("https://shop.example.com")) == "93.184.216.34"
