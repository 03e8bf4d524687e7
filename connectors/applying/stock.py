"""What lies in a shop's places, as it tells by itself: a product's stock is the sum over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_noop as _

from connectors.applying.known import Context, locked
from connectors.applying.results import Result
from connectors.models import SourceObject
from connectors.objects import Missing, Record, TheirProduct, TheirStock
from membership.catalogue.stock.changing import Cause, set_stock
from membership.models import Product

Kind = SourceObject.Kind


def apply_stock(stock: TheirStock, context: Context) -> Result:
    """Note what lies in the places named, and give the product their sum. Call in a transaction.

    One place says nothing of the others: unless there is one only, all are asked for once. Raises Missing.
    """
    row = locked(context, Kind.STOCK, stock.item_id)
    if row.changed_at is not None and stock.is_whole and stock.changed_at < row.changed_at:
        return Result.older()
    levels: dict[str, list[str | int]] = {} if stock.is_whole else dict(row.data.get("levels", {}))
    moment = stock.changed_at.isoformat()
    for place, units in stock.levels.items():
        if place in levels and str(levels[place][1]) > moment:
            return Result.older()
        levels[place] = [units, moment]
    is_whole = stock.is_whole or bool(row.data.get("is_whole"))
    if not is_whole and not _is_only_place(context):
        if context.is_first_try and context.connection.can_fetch:
            raise Missing(Kind.STOCK, stock.item_id)
        return Result.ignored(_("what lies in the other places is not known"))
    row.data = {"levels": levels, "is_whole": is_whole}
    row.changed_at = max(stock.changed_at, row.changed_at or stock.changed_at)
    row.save()
    product = Product.objects.filter(pk=row.local_id).first() if row.local_id else None
    if product is None:
        return Result.ignored(_("its product has not come yet"))
    total = max(sum(int(units) for units, _moment in levels.values()), 0)
    set_stock(product=product, stock=total, cause=Cause(context.connection.system, reason=context.reason))
    return Result.applied()


def _is_only_place(context: Context) -> bool:
    places = SourceObject.objects.filter(connection=context.connection, kind=Kind.PLACE)
    return places.count() == 1


def link_stock(
    product: TheirProduct, skus: Sequence[str], stored: Mapping[str, int], context: Context
) -> None:
    """Note which product each of the shop's items is, by its SKU."""
    SourceObject.objects.bulk_create(
        [
            SourceObject(
                connection=context.connection, kind=Kind.STOCK, source_id=item_id, local_id=stored[sku]
            )
            for item_id, sku in zip(product.stock_ids, skus, strict=False)
            if item_id and sku in stored
        ],
        update_conflicts=True,
        unique_fields=["connection", "kind", "source_id"],
        update_fields=["local_id"],
    )


def without_old_stock(product: TheirProduct, context: Context) -> list[Record]:
    """The product's rows, without the units of items of which the shop has said more since."""
    items = SourceObject.objects.filter(
        connection=context.connection,
        kind=Kind.STOCK,
        source_id__in=[one for one in product.stock_ids if one],
    )
    newer = {row.source_id for row in items if _is_newer(row, product)}
    ids = [*product.stock_ids, *[""] * (len(product.records) - len(product.stock_ids))]
    return [
        {**record, product.stock_heading: ""} if item_id in newer else dict(record)
        for record, item_id in zip(product.records, ids, strict=True)
    ]


def _is_newer(row: SourceObject, product: TheirProduct) -> bool:
    moments = (row.changed_at, product.changed_at)
    return moments[0] is not None and moments[1] is not None and moments[0] > moments[1]
