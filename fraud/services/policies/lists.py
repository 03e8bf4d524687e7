"""Block and allow lists: the form of a value, and which entries match an order."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fraud.models import ListEntry, ListKind
from learning.json_types import JsonMapping
from membership.cleaning.values import Unclean, clean_email, clean_phone
from membership.errors import Conflict, rejected
from membership.members.lookups import find_member
from membership.models.shop import the_shop

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from membership.models import Order

WIDEST_IPV4, WIDEST_IPV6 = 8, 16
"""Shorter prefixes hold millions of addresses: one typing error would block them all."""
MOST_FINGERPRINT = 80


def normalised(kind: str, value: str) -> str:
    """``value`` as orders and members are stored with it. Raises Rejected, saying what is right."""
    text = value.strip()
    if not text:
        raise rejected("value", _("A list entry needs its value."))
    match kind:
        case ListKind.MEMBER:
            return find_member(text, field="value").member_no
        case ListKind.DOMAIN:
            return _domain(text)
        case ListKind.EMAIL:
            if text.startswith(("*@", "@")):
                message = _("“%(value)s” names a domain: choose the kind E-mail domain and write %(domain)s.")
                raise rejected("value", message % {"value": text, "domain": text.lstrip("*@")})
            return _cleaned(
                clean_email, text, _("“%s” is not an e-mail address; an example is name@example.com.")
            )
        case ListKind.PHONE:
            return _cleaned(
                partial(clean_phone, region=the_shop().country),
                text,
                _("“%s” is not a phone number; an example is +12125550123."),
            )
        case ListKind.IP:
            return _network(text)
    if "*" in text:
        raise rejected("value", _("A fingerprint is compared as a whole: “*” stands for nothing else."))
    if len(text) > MOST_FINGERPRINT:
        raise rejected("value", _("A fingerprint has %d characters at most.") % MOST_FINGERPRINT)
    return text


def _domain(text: str) -> str:
    """``example.com`` of ``*@Example.com`` and the like; its subdomains match too."""
    domain = text.lstrip("*@").lower().rstrip(".")
    if "." not in domain:
        raise rejected("value", _("“%s” is not an e-mail domain; an example is example.com.") % text)
    cleaned = _cleaned(
        clean_email, f"name@{domain}", _("“%s” is not an e-mail domain; an example is example.com.")
    )
    return cleaned.partition("@")[2]


def domains_of(email: str) -> list[str]:
    """The domain of an address and those above it but for the last: mail.example.com, example.com."""
    parts = email.partition("@")[2].split(".")
    return [".".join(parts[start:]) for start in range(len(parts) - 1)]


def _cleaned(clean: Callable[[str], str | None], text: str, message: str) -> str:
    try:
        cleaned = clean(text)
    except Unclean:
        cleaned = None
    if not cleaned:
        raise rejected("value", message % text)
    return str(cleaned)


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        message = _("“%s” is not an IP address or range; examples are 203.0.113.7 and 203.0.113.0/24.")
        raise rejected("value", message % text) from None
    widest = WIDEST_IPV4 if network.version == 4 else WIDEST_IPV6
    if network.prefixlen < widest:
        raise rejected("value", _("This range is too wide; its prefix must be /%d or longer.") % widest)
    return str(network)


def networks_around(address: str) -> list[str]:
    """Every range that an entry could have and that holds ``address``: 25 of IPv4, 113 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return []
    widest = WIDEST_IPV4 if parsed.version == 4 else WIDEST_IPV6
    number, bits = int(parsed), parsed.max_prefixlen
    cls = type(parsed)
    return [
        f"{cls(number >> (bits - length) << (bits - length))}/{length}" for length in range(widest, bits + 1)
    ]


def values_of(order: Order) -> set[tuple[str, str]]:
    """The (kind, value) pairs that entries could name of an order and its member."""
    member = order.member
    pairs = {
        (ListKind.MEMBER.value, member.member_no),
        (ListKind.EMAIL.value, member.email),
        *((ListKind.DOMAIN.value, domain) for domain in domains_of(member.email or "")),
        (ListKind.PHONE.value, member.phone),
        (ListKind.DEVICE.value, order.device_fingerprint),
        (ListKind.INSTRUMENT.value, order.payment_fingerprint),
        (ListKind.ADDRESS.value, order.address_fingerprint),
        *((ListKind.IP.value, network) for network in (networks_around(order.ip) if order.ip else ())),
    }
    return {(kind, value) for kind, value in pairs if value}


def add_entry(*, draft: JsonMapping, user: User | None) -> ListEntry:
    """Put a value on a list. Raises Rejected, and Conflict when a list has it already."""
    expires_at = draft.get("expires_at")
    if expires_at is not None and expires_at <= timezone.now():
        raise rejected("expires_at", _("An entry must expire in the future."))
    value = normalised(draft["kind"], draft["value"])
    # an expired entry would only be in the way of the new one
    ListEntry.objects.filter(kind=draft["kind"], value=value, expires_at__lte=timezone.now()).delete()
    try:
        with transaction.atomic():
            return ListEntry.objects.create(
                action=draft["action"],
                kind=draft["kind"],
                value=value,
                reason=draft.get("reason", ""),
                expires_at=expires_at,
                created_by=user,
            )
    except IntegrityError:
        raise Conflict(_("%s is on a list already; change or remove that entry.") % value) from None


def change_entry(*, entry: ListEntry, changes: JsonMapping) -> ListEntry:
    """Another list, reason or expiry; the value stays."""
    expires_at = changes.get("expires_at", entry.expires_at)
    if "expires_at" in changes and expires_at is not None and expires_at <= timezone.now():
        raise rejected("expires_at", _("An entry must expire in the future."))
    names = [name for name in ("action", "reason", "expires_at") if name in changes]
    for name in names:
        setattr(entry, name, changes[name])
    entry.save(update_fields=names)
    return entry
