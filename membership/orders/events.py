"""Events: what members do in the shop besides ordering. Many are stored at once, each only once.

A *gift* says that a line of an order was bought for somebody else: it counts as a sale, and says nothing
about what the member likes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from learning.json_types import JsonMapping
from membership.errors import FieldError
from membership.members.figures import mark_dirty
from membership.members.lookups import find_members, find_products
from membership.models import Event, Member, Order, OrderItem, Product
from registry.models import ModelVersion
from registry.tables.bulk import insert_rows

COLUMNS = (
    "member_id", "type", "product_id", "occurred_at", "session", "surface", "query", "model_version_id",
)  # fmt: skip
Draft = JsonMapping
"""What ``EventInput`` accepted."""
Row = tuple[int, str, int | None, datetime, str, str, str, int | None]
"""COLUMNS of one event."""
Identity = tuple[int, datetime, str, int | None, str]


@dataclass(frozen=True)
class EventOutcome:
    """What became of one event: "created", "duplicate" or "rejected" with its errors."""

    status: str
    errors: list[FieldError] = field(default_factory=list)


def record_events(*, drafts: Sequence[Draft]) -> list[EventOutcome]:
    """Store the events in one transaction; an outcome for each, in order.

    A draft is what ``EventInput`` accepted, with ``member`` and ``occurred_at`` filled in. The same member,
    moment, type, product and session is the same event.
    """
    members = find_members({draft["member"] for draft in drafts})
    products = find_products({draft["sku"] for draft in drafts if draft.get("sku")})
    versions = _versions({draft["model_version"] for draft in drafts if draft.get("model_version")})
    rows: list[Row | EventOutcome] = [
        _row(draft, members=members, products=products, versions=versions) for draft in drafts
    ]
    gifts: list[int] = []
    with transaction.atomic():
        seen = _stored([row for row in rows if isinstance(row, tuple)])
        outcomes: list[EventOutcome] = []
        fresh: list[Row] = []
        for draft, row in zip(drafts, rows, strict=True):
            if isinstance(row, EventOutcome):
                outcomes.append(row)
            elif (identity := _identity(row)) in seen:
                outcomes.append(EventOutcome("duplicate"))
            elif row[1] == Event.Type.GIFT and not (lines := _gift_lines(row, draft)):
                message = _("The member has not bought %s, or not in this order.") % draft["sku"]
                outcomes.append(EventOutcome("rejected", [FieldError("sku", message)]))
            else:
                if row[1] == Event.Type.GIFT:
                    gifts += lines
                seen.add(identity)
                fresh.append(row)
                outcomes.append(EventOutcome("created"))
        # another request may have stored one of them in between: the constraint drops it, quietly
        insert_rows(model=Event, columns=COLUMNS, rows=fresh, ignore_conflicts=True)
        if fresh:
            mark_dirty(member_ids=[row[0] for row in fresh])
        if gifts:
            mark_gifts(lines=OrderItem.objects.filter(pk__in=gifts))
    return outcomes


def _gift_lines(row: Row, draft: Draft) -> list[int]:
    member_id, _type, product_id, occurred_at = row[:4]
    order_no = draft.get("order_no", "")
    return gift_lines(member_id=member_id, product_id=product_id, until=occurred_at, order_no=order_no)


def gift_lines(*, member_id: int, product_id: int | None, until: datetime, order_no: str = "") -> list[int]:
    """The ids of the lines that an event *gift* means, of orders that were not cancelled or declined.

    All lines with the product in the order that is named, or else the newest one placed by ``until``.
    """
    lines = OrderItem.objects.filter(member=member_id, product=product_id)
    lines = lines.exclude(order__status__in=Order.RELEASED)
    if order_no:
        return list(lines.filter(order__order_no=order_no).values_list("pk", flat=True))
    newest = lines.filter(placed_at__lte=until).order_by("-placed_at", "-pk")
    return list(newest.values_list("pk", flat=True)[:1])


def mark_gifts(*, lines: QuerySet[OrderItem], is_gift: bool = True) -> int:
    """Mark the lines as gifts, or take the mark off; how many were not so already. Members are renewed."""
    changed = list(lines.exclude(is_gift=is_gift).order_by().values_list("pk", "member_id"))
    with transaction.atomic():
        OrderItem.objects.filter(pk__in=[pk for pk, _member in changed]).update(is_gift=is_gift)
        if changed:
            mark_dirty(member_ids={member for _pk, member in changed})
    return len(changed)


def _row(
    draft: Draft,
    *,
    members: Mapping[str, Member],
    products: Mapping[str, Product],
    versions: Mapping[str, int],
) -> Row | EventOutcome:
    errors = []
    member, product = members.get(draft["member"]), products.get(draft.get("sku") or "")
    version = draft.get("model_version") or ""
    if member is None:
        errors.append(FieldError("member", _("There is no member %s.") % draft["member"]))
    if draft.get("sku") and product is None:
        errors.append(FieldError("sku", _("There is no product %s.") % draft["sku"]))
    if version and version not in versions:
        errors.append(FieldError("model_version", _("There is no model version %s.") % version))
    if errors or member is None:
        return EventOutcome("rejected", errors)
    return (
        member.pk, draft["type"], product.pk if product else None, draft["occurred_at"],
        draft.get("session", ""), draft.get("surface", ""), draft.get("query", ""), versions.get(version),
    )  # fmt: skip


def _identity(row: Row) -> Identity:
    member_id, kind, product_id, occurred_at, session = row[:5]
    return member_id, occurred_at, kind, product_id, session


def _stored(rows: Sequence[Row]) -> set[Identity]:
    """Which of the rows' identities are in the database."""
    known = Event.objects.filter(
        member_id__in={row[0] for row in rows}, occurred_at__in={row[3] for row in rows}
    )
    return set(known.values_list("member_id", "occurred_at", "type", "product_id", "session"))


def _versions(names: set[str]) -> dict[str, int]:
    """name -> primary key, for names such as "recommendations v3"."""
    ids: dict[str, int] = {}
    for name in names:
        family, _space, number = name.rpartition(" v")
        if number.isascii() and number.isdecimal() and len(number) < 9:
            row = ModelVersion.objects.filter(family=family, number=int(number)).first()
            if row is not None:
                ids[name] = row.pk
    return ids
