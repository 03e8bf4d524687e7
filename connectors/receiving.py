"""From a request to a stored delivery: whose it is, whether it is signed, and one insert."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from urllib.parse import urlsplit

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from connectors.models import Connection, ReceivedDelivery, System
from connectors.sealing import SealBroken
from connectors.signatures import body_is_signed, message_is_signed
from membership.models.shop import shop_zone
from registry.queueing import queue_after_commit
from registry.tables.storable import storable

TASK = "connectors.tasks.work_deliveries"
NUMBER_LENGTH = 100
PINGS = (b"webhook_id=", b"webhook_id%3D")


class NotSigned(Exception):
    """No connection's secret has signed this request; nothing of it was kept."""


class NotJson(Exception):
    """A signed request whose body is not a JSON object."""


class Answer(Enum):
    STORED = "stored"
    REPEATED = "repeated"
    PING = "ping"


@dataclass(frozen=True)
class _Message:
    """What the headers of a request say, whatever its system calls it."""

    delivery_id: str
    topic: str
    triggered_at: datetime | None


def receive(*, system: str, public_id: uuid.UUID | None, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Store a signed message once and queue its work. Raises NotSigned, NotJson."""
    if system == System.WOOCOMMERCE and body.startswith(PINGS) and len(body) < 100:
        return Answer.PING  # sent unsigned when a webhook is added; it says nothing that is kept
    connection = _signer(system=system, public_id=public_id, body=body, headers=headers)
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotJson from None
    if not isinstance(data, dict):
        raise NotJson
    message = _message(system, headers, body=body, data=data)
    try:
        with transaction.atomic():
            ReceivedDelivery.objects.create(
                connection=connection, delivery_id=message.delivery_id, topic=message.topic,
                body=storable(body.decode()), triggered_at=message.triggered_at,
            )  # fmt: skip
            queue_after_commit(TASK, connection.pk)
    except IntegrityError:
        return Answer.REPEATED
    return Answer.STORED


def _signer(
    *, system: str, public_id: uuid.UUID | None, body: bytes, headers: Mapping[str, str]
) -> Connection:
    """The connection that the request names, if its secret signed the request. Raises NotSigned."""
    connections = Connection.objects.filter(system=system)
    if public_id is not None:
        connections = connections.filter(public_id=public_id)
    named = connections if public_id is not None else _named(system, headers, connections)
    for connection in named:
        try:
            if _is_signed(connection, body=body, headers=headers):
                return connection
        except SealBroken:
            continue
    raise NotSigned


def _named(
    system: str, headers: Mapping[str, str], connections: Iterable[Connection]
) -> Iterable[Connection]:
    """Those whose shop the headers name; all of them where headers name none.

    The host is no more than a hint which secret to try: WordPress says its own, with or without www.
    """
    header = {System.SHOPIFY: "X-Shopify-Shop-Domain", System.WOOCOMMERCE: "X-WC-Webhook-Source"}
    name = headers.get(header.get(System(system), ""), "")
    if not name:
        return connections
    host = host_of(name)
    return [one for one in connections if not one.shop_address or host_of(one.shop_address) == host]


def host_of(address: str) -> str:
    """The host, with its port if it has one, of an address with or without https://; "" of none."""
    try:
        return urlsplit(address if "//" in address else f"//{address}").netloc.lower()
    except ValueError:
        return ""


def _is_signed(connection: Connection, *, body: bytes, headers: Mapping[str, str]) -> bool:
    secrets = connection.webhook_secrets
    if connection.system == System.SIGNED:
        return message_is_signed(
            body=body, message_id=headers.get("Webhook-Id", ""),
            timestamp=headers.get("Webhook-Timestamp", ""), signature=headers.get("Webhook-Signature", ""),
            secrets=secrets, now=timezone.now(),
        )  # fmt: skip
    name = "X-Shopify-Hmac-Sha256" if connection.system == System.SHOPIFY else "X-WC-Webhook-Signature"
    return body_is_signed(body=body, signature=headers.get(name, ""), secrets=secrets)


def _message(system: str, headers: Mapping[str, str], *, body: bytes, data: Mapping[str, object]) -> _Message:
    if system == System.SHOPIFY:
        number, topic = headers.get("X-Shopify-Webhook-Id", ""), headers.get("X-Shopify-Topic", "")
        moment = _moment(headers.get("X-Shopify-Triggered-At", ""))
    elif system == System.WOOCOMMERCE:
        topic, moment = headers.get("X-WC-Webhook-Topic", ""), None
        number = _own_number(headers.get("X-WC-Webhook-Delivery-ID", ""), topic, body)
    else:
        number, topic = headers.get("Webhook-Id", ""), str(data.get("type", ""))
        moment = datetime.fromtimestamp(int(headers["Webhook-Timestamp"]), tz=shop_zone())
    number = number if 0 < len(number) <= NUMBER_LENGTH else _own_number(number, topic, body)
    return _Message(storable(number), storable(topic)[:60], moment)


def _own_number(number: str, topic: str, body: bytes) -> str:
    """For deliveries that their number does not tell apart: WooCommerce makes it of the webhook and the
    second, so that two orders of one second have the same.
    """
    return hashlib.sha256(b"\n".join((number.encode("utf-8", "replace"), topic.encode(), body))).hexdigest()


def _moment(text: str) -> datetime | None:
    """A moment with its offset, as 2026-05-01T23:58:12.877041743Z; None for anything else."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
