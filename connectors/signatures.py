"""Whether a request comes from who knows the secret: HMAC-SHA256 over its bytes, as each system writes it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far the time that a signed message states may be from ours, to either side."""
STANDARD_PREFIX = "whsec_"


def body_is_signed(*, body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Shopify and WooCommerce: base64 of the HMAC of the body, under one of ``secrets``."""
    return any(_same(signature, _hmac(secret.encode(), body)) for secret in secrets if secret)


def message_is_signed(
    *, body: bytes, message_id: str, timestamp: str, signature: str, secrets: Iterable[str], now: datetime
) -> bool:
    """Standard Webhooks: ``v1,BASE64``, several apart by blanks, over id, time and body."""
    if not message_id or not _is_near(timestamp, now):
        return False
    content = f"{message_id}.{timestamp}.".encode() + body
    given = [part.removeprefix("v1,") for part in signature.split() if part.startswith("v1,")]
    expected = [_hmac(standard_key(secret), content) for secret in secrets if secret]
    return any(_same(one, other) for one in given for other in expected)


def standard_key(secret: str) -> bytes:
    """The bytes that a secret such as ``whsec_BASE64`` stands for; any other text stands for itself."""
    try:
        if secret.startswith(STANDARD_PREFIX):
            return base64.b64decode(secret.removeprefix(STANDARD_PREFIX), validate=True)
    except binascii.Error:
        pass
    return secret.encode()


def _is_near(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()


def _hmac(key: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
