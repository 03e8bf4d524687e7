"""Events: what members do in the shop besides ordering. Many are stored at once, each only once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from learning.json_types import JsonMapping
from membership.errors import FieldError
from membership.members.figures import mark_dirty
from membership.members.lookups import find_members, find_products
from membership.models import Event, Member, Product
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
    with transaction.atomic():
        seen = _stored([row for row in rows if isinstance(row, tuple)])
        outcomes: list[EventOutcome] = []
        fresh: list[Row] = []
        for row in rows:
            if isinstance(row, EventOutcome):
                outcomes.append(row)
            elif (identity := _identity(row)) in seen:
                outcomes.append(EventOutcome("duplicate"))
            else:
                seen.add(identity)
                fresh.append(row)
                outcomes.append(EventOutcome("created"))
        # another request may have stored one of them in between: the constraint drops it, quietly
        insert_rows(model=Event, columns=COLUMNS, rows=fresh, ignore_conflicts=True)
        if fresh:
            mark_dirty(member_ids=[row[0] for row in fresh])
    return outcomes


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
