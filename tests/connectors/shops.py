"""Connections of tests, and messages signed as each system signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Mapping
from typing import Any

from connectors.models import Connection, System
from connectors.signatures import standard_key

SECRET = "shpss_0123456789abcdef"
_numbers = itertools.count(1)


def connect(system: str = System.SHOPIFY, **values: Any) -> Connection:
    """A stored connection; ``secrets`` are set, ``webhook_secret`` is SECRET unless given."""
    number = next(_numbers)
    secrets = {"webhook_secret": SECRET, **values.pop("secrets", {})}
    connection = Connection(
        **{"system": system, "name": f"Shop {number}", "shop_address": f"https://shop{number}.example.com"}
        | values
    )
    for name, text in secrets.items():
        connection.keep_secret(name, text)
    connection.save()
    return connection


def mac(secret: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()


def shopify_message(
    topic: str, data: Mapping[str, Any], *, domain: str, number: str, secret: str = SECRET, sent: str = ""
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(data).encode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": domain,
        "X-Shopify-Webhook-Id": number,
        "X-Shopify-Hmac-Sha256": mac(secret.encode(), body),
    }
    return body, headers | ({"X-Shopify-Triggered-At": sent} if sent else {})


def woocommerce_message(
    topic: str, data: Mapping[str, Any], *, source: str, number: str, secret: str = SECRET
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(data).encode()
    return body, {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Source": source,
        "X-WC-Webhook-Delivery-ID": number,
        "X-WC-Webhook-Signature": mac(secret.encode(), body),
    }


def signed_message(
    data: Mapping[str, Any], *, number: str, timestamp: int, secret: str = SECRET
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(data).encode()
    content = f"{number}.{timestamp}.".encode() + body
    return body, {
        "Webhook-Id": number,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": f"v1,{mac(standard_key(secret), content)}",
    }
