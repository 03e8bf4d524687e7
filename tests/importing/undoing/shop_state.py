"""Everything that an import may write, as plain rows without ids, to compare a shop with itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from forecasts.models import PlannedPromotion
from importing.running import Options, run_import
from membership.members.consents import current_consents
from membership.members.figures import refresh_features
from membership.models import (
    Category,
    Event,
    ImportReport,
    Member,
    MemberFeatures,
    Order,
    OrderItem,
    Product,
    Store,
    Tag,
)
from tests.importing.import_files import write_csv

MEMBER = (
    "member_no", "name", "email", "phone", "birth_date", "country", "language", "joined_at", "tier",
    "status", "updated_at",
)  # fmt: skip
PRODUCT = (
    "sku", "name", "category__path", "brand", "price", "currency", "stock", "sold_by_weight", "is_active",
    "is_placeholder", "updated_at", "cost", "min_age", "countries", "languages", "buy_again_days",
)  # fmt: skip
ORDER = (
    "order_no", "member__member_no", "store__code", "status", "channel", "currency", "subtotal", "discount",
    "refunded", "total", "shipping", "tax", "tip", "cancelled_at", "item_count", "payment_method", "ip",
    "coupon", "placed_at", "imported_at", "is_fraud", "label_known_at", "label_source",
)  # fmt: skip
ITEM = (
    "order__order_no", "line_no", "product__sku", "member__member_no", "category__path", "placed_at",
    "quantity", "units", "unit_price", "discount", "refunded", "total", "is_gift",
)  # fmt: skip
FIGURES = tuple(
    field.attname
    for field in MemberFeatures._meta.concrete_fields
    if field.attname not in ("member_id", "as_of", "dirty_at")
)


def shop_state(*, as_of: datetime | None = None) -> dict[str, list[Any]]:
    """Compared as a whole; figures are computed first."""
    refresh_features(as_of=as_of or timezone.now())
    members = Member.objects.order_by("member_no")
    return {
        "members": list(members.values_list(*MEMBER)),
        "tags of members": sorted(members.exclude(tags=None).values_list("member_no", "tags__name")),
        "points": [(member.member_no, member.points_balance()) for member in members],
        "consents": [
            (member.member_no, *key)
            for member in members
            for key, consent in sorted(current_consents(member=member).items())
            if consent.granted
        ],
        "figures": list(MemberFeatures.objects.order_by("member__member_no").values_list(*FIGURES)),
        "products": list(Product.objects.order_by("sku").values_list(*PRODUCT)),
        "orders": list(Order.objects.order_by("order_no").values_list(*ORDER)),
        "lines": list(OrderItem.objects.order_by("order__order_no", "line_no").values_list(*ITEM)),
        "events": sorted(
            Event.objects.values_list("member__member_no", "type", "product__sku", "occurred_at", "session"),
            key=str,
        ),
        "promotions": sorted(
            PlannedPromotion.objects.values_list(
                "product__sku", "kind", "starts_on", "ends_on", "share", "note", "updated_at"
            ),
            key=str,
        ),
        "categories": list(Category.objects.order_by("path").values_list("path", "parent__path")),
        "stores": list(Store.objects.order_by("code").values_list("code", "name")),
        "tags": list(Tag.objects.order_by("name").values_list("name", flat=True)),
    }


def imported(
    folder: Path, kind: str, rows: Sequence[dict[str, Any]], *, chunk_rows: int = 3, unknown: str = "create"
) -> ImportReport:
    path = write_csv(folder / f"{kind}-{ImportReport.objects.count()}.csv", rows)
    return run_import(kind=kind, path=path, options=Options(unknown=unknown), chunk_rows=chunk_rows)


Rows = Callable[[], list[dict[str, Any]]]
