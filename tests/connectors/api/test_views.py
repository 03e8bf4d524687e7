"""What connected shops send is kept once, if it is signed, and answered without being worked on."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from connectors.models import ReceivedDelivery
from tests.connectors.payloads import shopify_order, woo_order
from tests.connectors.shops import (
    SECRET,
    connect,
    mac,
    shopify_message,
    signed_message,
    woocommerce_message,
)

pytestmark = pytest.mark.django_db
DOMAIN = "looms.myshopify.com"


def post(path: str, body: bytes, headers: dict[str, str], content_type: str = "application/json") -> Any:
    return Client().post(f"/api/v1/connectors/{path}", body, content_type=content_type, headers=headers)


def test_a_signed_message_is_kept_and_waits() -> None:
    connection = connect("shopify", shop_address=f"https://{DOMAIN}")
    body, headers = shopify_message("orders/create", shopify_order(), domain=DOMAIN, number="d1")
    answer = post("shopify/", body, headers)
    assert (answer.status_code, answer.json()) == (200, {"result": "stored"})
    delivery = ReceivedDelivery.objects.get()
    assert (delivery.connection, delivery.topic, delivery.state) == (connection, "orders/create", "waiting")


def test_a_message_that_comes_twice_is_kept_once() -> None:
    connect("shopify", shop_address=f"https://{DOMAIN}")
    body, headers = shopify_message("orders/create", shopify_order(), domain=DOMAIN, number="d1")
    post("shopify/", body, headers)
    assert post("shopify/", body, headers).json() == {"result": "repeated"}
    assert ReceivedDelivery.objects.count() == 1


def refused(path: str, body: bytes, headers: dict[str, str]) -> None:
    answer = post(path, body, headers)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert not ReceivedDelivery.objects.exists()


def test_a_wrong_signature_is_refused_and_nothing_kept() -> None:
    connect("shopify", shop_address=f"https://{DOMAIN}")
    body, headers = shopify_message("orders/create", shopify_order(), domain=DOMAIN, number="1", secret="no")
    refused("shopify/", body, headers)


def test_a_changed_body_is_refused() -> None:
    connect("shopify", shop_address=f"https://{DOMAIN}")
    body, headers = shopify_message("orders/create", shopify_order(), domain=DOMAIN, number="1")
    refused("shopify/", body.replace(b"63.30", b"13.30"), headers)


def test_another_shops_secret_is_refused() -> None:
    connect("shopify", shop_address=f"https://{DOMAIN}")
    connect("shopify", shop_address="https://other.myshopify.com", secrets={"webhook_secret": "other secret"})
    body, headers = shopify_message(
        "orders/create", shopify_order(), domain=DOMAIN, number="1", secret="other secret"
    )
    refused("shopify/", body, headers)


def test_the_connection_may_be_named_in_the_address() -> None:
    one = connect("shopify", shop_address=f"https://{DOMAIN}")
    other = connect("shopify", secrets={"webhook_secret": "other secret"})
    body, headers = shopify_message("orders/create", shopify_order(), domain=DOMAIN, number="1")
    refused(f"shopify/{other.public_id}/", body, headers)
    refused(f"shopify/{uuid.uuid4()}/", body, headers)
    assert post(f"shopify/{one.public_id}/", body, headers).status_code == 200


def test_a_shop_without_a_secret_takes_nothing() -> None:
    connect("shopify", shop_address=f"https://{DOMAIN}", secrets={"webhook_secret": ""})
    body, headers = shopify_message("orders/create", shopify_order(), domain=DOMAIN, number="1", secret="")
    refused("shopify/", body, headers)


def test_the_secret_before_the_present_one_is_still_valid() -> None:
    connect(
        "shopify",
        shop_address=f"https://{DOMAIN}",
        secrets={"webhook_secret": "new", "previous_secret": "old"},
    )
    for number, secret in enumerate(("new", "old")):
        body, headers = shopify_message(
            "orders/create", shopify_order(), domain=DOMAIN, number=str(number), secret=secret
        )
        assert post("shopify/", body, headers).status_code == 200


def test_a_body_that_is_too_large_is_refused(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    connect("shopify", shop_address=f"https://{DOMAIN}")
    body, headers = shopify_message("orders/create", shopify_order(), domain=DOMAIN, number="1")
    assert post("shopify/", body, headers).status_code == 413
    assert not ReceivedDelivery.objects.exists()


def test_a_signed_body_that_is_no_object_is_refused() -> None:
    connect("shopify", shop_address=f"https://{DOMAIN}")
    body, headers = shopify_message("orders/create", [1], domain=DOMAIN, number="1")  # type: ignore[arg-type]  # wrong on purpose
    assert post("shopify/", body, headers).status_code == 400


def test_woocommerce_signs_and_pings() -> None:
    connect("woocommerce", shop_address="https://knits.example.com/shop")
    assert post("woocommerce/", b"webhook_id=3", {}, "application/x-www-form-urlencoded").json() == {
        "result": "ping"
    }
    body, headers = woocommerce_message(
        "order.updated", woo_order(), source="https://knits.example.com/shop/", number="w1"
    )
    assert post("woocommerce/", body, headers).json() == {"result": "stored"}
    headers["X-WC-Webhook-Signature"] = "AAAA"
    assert post("woocommerce/", body, headers).status_code == 401


def test_a_message_without_a_number_is_known_by_its_content() -> None:
    connect("woocommerce", shop_address="https://knits.example.com")
    body, headers = woocommerce_message(
        "order.updated", woo_order(), source="https://knits.example.com", number=""
    )
    post("woocommerce/", body, headers)
    assert post("woocommerce/", body, headers).json() == {"result": "repeated"}


MESSAGE = {"type": "member.created", "timestamp": "2026-05-01T12:00:00Z", "data": {"member_no": "M1"}}


def test_any_other_system_signs_by_the_standard() -> None:
    secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="
    connect("signed", shop_address="", secrets={"webhook_secret": secret})
    body, headers = signed_message(MESSAGE, number="m1", timestamp=int(time.time()), secret=secret)
    headers["Webhook-Signature"] = (
        f"v1,AAAA {headers['Webhook-Signature']}"  # as while the sender changes its secret
    )
    assert post("signed/", body, headers).json() == {"result": "stored"}
    assert ReceivedDelivery.objects.get().topic == "member.created"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_replayed_message_is_refused(seconds: int) -> None:
    connect("signed", shop_address="")
    body, headers = signed_message(MESSAGE, number="m1", timestamp=int(time.time()) + seconds)
    refused("signed/", body, headers)


def test_the_time_and_the_number_are_signed_too() -> None:
    connect("signed", shop_address="")
    body, headers = signed_message(MESSAGE, number="m1", timestamp=int(time.time()) - 100)
    refused("signed/", body, headers | {"Webhook-Timestamp": str(int(time.time()))})
    refused("signed/", body, headers | {"Webhook-Id": "m2"})


def test_the_answer_takes_the_same_few_queries_whatever_is_sent(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _number in range(3):
        connect("shopify")
    connect("shopify", shop_address=f"https://{DOMAIN}")
    large = shopify_order(
        lines=[{"id": n, "quantity": 1, "price": "1.00", "sku": f"S{n}"} for n in range(200)]
    )
    for number, order in enumerate((shopify_order(), large)):
        body, headers = shopify_message("orders/create", order, domain=DOMAIN, number=str(number))
        with django_assert_num_queries(4):  # the connection, a savepoint, the insert, its release
            assert post("shopify/", body, headers).status_code == 200


def test_two_orders_of_one_second_are_two_messages_though_woocommerce_numbers_them_alike() -> None:
    connect("woocommerce", shop_address="https://knits.example.com")
    for number in (2001, 2002):
        body, headers = woocommerce_message(
            "order.updated", woo_order(number), source="https://knits.example.com/", number="of this second"
        )
        assert post("woocommerce/", body, headers).json() == {"result": "stored"}
        assert post("woocommerce/", body, headers).json() == {"result": "repeated"}
    assert ReceivedDelivery.objects.count() == 2


def test_a_shop_that_calls_itself_otherwise_is_known_by_the_address_it_calls() -> None:
    connection = connect("woocommerce", shop_address="https://knits.example.com")
    body, headers = woocommerce_message(
        "order.updated", woo_order(), source="https://www.knits.example.com/", number="w1"
    )
    assert post(f"woocommerce/{connection.public_id}/", body, headers).json() == {"result": "stored"}


def test_long_numbers_are_told_apart_to_their_end() -> None:
    connect("signed", shop_address="")
    for number in ("a" * 120, "a" * 119 + "b"):
        body, headers = signed_message(MESSAGE, number=number, timestamp=int(time.time()))
        assert post("signed/", body, headers).json() == {"result": "stored"}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "x", "multipart/form-data"]
)
def test_the_stated_type_of_a_signed_body_does_not_matter(content_type: str) -> None:
    connect("shopify", shop_address=f"https://{DOMAIN}")
    body, headers = shopify_message("orders/create", shopify_order(), domain=DOMAIN, number="d1")
    assert post("shopify/", body, headers, content_type).json() == {"result": "stored"}


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 5_000, b"\xff\xfe", b"null", b"1e999", b'{"id": NaN}'])
def test_signed_nonsense_is_refused_and_not_kept(body: bytes) -> None:
    connect("shopify", shop_address=f"https://{DOMAIN}")
    headers = {"X-Shopify-Topic": "orders/create", "X-Shopify-Hmac-Sha256": mac(SECRET.encode(), body)}
    assert post("shopify/", body, headers).status_code == 400
    assert not ReceivedDelivery.objects.exists()


@pytest.mark.parametrize("name", ["[::1", "https://[", "//", "\u00e9", "a" * 5_000])
def test_a_shop_that_calls_itself_nonsense_is_refused(name: str) -> None:
    connect("shopify", shop_address=f"https://{DOMAIN}")
    body, headers = shopify_message("orders/create", shopify_order(), domain=name, number="1")
    refused("shopify/", body, headers)
