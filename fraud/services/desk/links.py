"""Members linked to one another: they used the same device, means of payment, address or IP address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from learning.json_types import JsonObject
from membership.models import Member, Order

SHARED = ("device_fingerprint", "payment_fingerprint", "address_fingerprint", "ip")
MOST_VALUES, MOST_ORDERS = 50, 500


@dataclass(frozen=True)
class Link:
    """``via`` names the columns that both used; ``frauds`` of ``orders`` sharing orders are known frauds."""

    member: Member
    via: list[str]
    orders: int
    frauds: int


def links_of_order(order: Order) -> list[Link]:
    """Other members who used what this order used."""
    return _links([{name: getattr(order, name) for name in SHARED}], member_id=order.member_id)


def links_of_member(member: Member) -> list[Link]:
    """Other members who used anything that the member's newest orders used."""
    newest = Order.objects.filter(member=member).order_by("-placed_at", "-id")
    return _links(newest.values(*SHARED)[:MOST_VALUES], member_id=member.pk)


def _links(used: Iterable[JsonObject], *, member_id: int) -> list[Link]:
    """Two queries, through the index of each column; those known for fraud first, then by orders."""
    values: dict[str, set[Any]] = {name: set() for name in SHARED}
    for row in used:
        for name in SHARED:
            if row[name]:
                values[name].add(row[name])
    shared = Q(pk__in=())
    for name, some in values.items():
        if some:
            shared |= Q(**{f"{name}__in": some})
    orders = Order.objects.filter(shared).exclude(member_id=member_id).order_by("-placed_at", "-id")
    by_member: dict[int, tuple[set[str], int, int]] = {}
    for row in orders.values("member_id", "is_fraud", *SHARED)[:MOST_ORDERS]:
        via, n_orders, frauds = by_member.get(row["member_id"], (set(), 0, 0))
        via |= {name for name in SHARED if row[name] in values[name]}
        by_member[row["member_id"]] = via, n_orders + 1, frauds + bool(row["is_fraud"])
    members = Member.objects.reachable().in_bulk(list(by_member))
    links = [
        Link(members[pk], [name for name in SHARED if name in via], n_orders, frauds)
        for pk, (via, n_orders, frauds) in by_member.items()
        if pk in members
    ]
    return sorted(links, key=lambda link: (-link.frauds, -link.orders, link.member.pk))
