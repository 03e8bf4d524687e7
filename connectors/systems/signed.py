"""Messages of any other system: our own import columns as JSON, in the envelope of Standard Webhooks.

``{"type": "order.updated", "timestamp": "2026-05-01T12:00:00Z", "data": {…}}``; docs/reference/connectors.md
has the fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from connectors.models import SourceObject
from connectors.objects import (
    BadMessage,
    Deleted,
    Item,
    Json,
    Nothing,
    Record,
    TheirCustomer,
    TheirOrder,
    TheirProduct,
    moment,
    number,
    part,
    parts,
    required,
    text,
)

ORDER = (
    "order_no", "member_no", "email", "phone", "buyer_name", "placed_at", "status", "currency", "store",
    "channel", "payment_method", "payment_fingerprint", "device_fingerprint", "address_fingerprint", "ip",
    "billing_country", "shipping_country", "coupon", "order_discount", "shipping", "tax", "tip", "refunded",
    "cancelled_at",
)  # fmt: skip
LINE = (
    "line_no", "sku", "product_id", "product_name", "category", "brand", "quantity", "unit_price", "discount",
    "line_total",
)  # fmt: skip
MEMBER = (
    "member_no", "name", "first_name", "last_name", "email", "phone", "birth_date", "country", "language",
    "joined_at", "tier", "tags", "points", "status", "email_consent", "sms_consent",
)  # fmt: skip
PRODUCT = (
    "sku", "name", "category", "brand", "price", "currency", "stock", "status", "group", "group_name",
    "options",
)  # fmt: skip
KINDS = {"order": "order_no", "member": "member_no", "product": "sku"}
TYPES = tuple(f"{kind}.{what}" for kind in KINDS for what in ("created", "updated", "deleted"))


def read_message(topic: str, data: Json) -> list[Item]:
    """What a message says. Raises BadMessage."""
    kind, _dot, what = topic.partition(".")
    if topic not in TYPES and topic != "order.cancelled":
        return [Nothing(_("messages of this type are not used"))]
    thing = part(data, "data")
    changed = moment(thing, "updated_at") or moment(data, "timestamp")
    name = required(thing, KINDS[kind])
    if what == "deleted":
        kinds = SourceObject.Kind
        return [
            Deleted({"order": kinds.ORDER, "member": kinds.CUSTOMER, "product": kinds.PRODUCT}[kind], name)
        ]
    if kind == "member":
        consents = {"email_consent": "email", "sms_consent": "sms"}
        record = _record(thing, MEMBER)
        return [TheirCustomer(name, changed, name, "member_no", record, changed, consents)]
    if kind == "product":
        return [TheirProduct(name, changed, [_record(thing, PRODUCT)])]
    of_order = _record(thing, ORDER)
    if what == "cancelled":
        of_order["status"] = "cancelled"
    lines = parts(thing, "lines")
    if not lines:
        raise BadMessage("lines")
    records = [{**of_order, **_record(line, LINE)} for line in lines]
    return [
        TheirOrder(
            source_id=name, changed_at=changed, number=name, number_heading="order_no", records=records,
            total=sum((number(line, "line_total") for line in lines), Decimal(0)),
        )
    ]  # fmt: skip


def _record(data: Json, columns: Iterable[str]) -> Record:
    """Text by column, without the columns that the message does not have."""
    return {name: _text(data, name) for name in columns if data.get(name) is not None}


def _text(data: Json, name: str) -> str:
    value = data[name]
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return text(data, name)
