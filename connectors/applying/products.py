"""Products of a connected shop, by the rules of its products export."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.applying.known import Context, is_older, known, locked, note
from connectors.applying.results import Result, of_outcome
from connectors.applying.stock import link_stock, without_old_stock
from connectors.models import SourceObject
from connectors.objects import Missing, Record, TheirProduct
from connectors.systems.woocommerce.catalogue import with_parent
from importing.records import import_records
from membership.models import Product

Kind = SourceObject.Kind


def apply_product(product: TheirProduct, context: Context) -> Result:
    """Make or update the product and its variants. Call in a transaction. Raises Missing."""
    row = locked(context, Kind.PRODUCT, product.source_id)
    if is_older(row, changed_at=product.changed_at, context=context):
        return Result.older()
    if not product.records:
        return Result.ignored()
    above = _parent(product, context)
    variants = [] if product.parent_id else _variants_of(product.source_id, context)
    records = without_old_stock(product, context) if product.stock_ids else product.records
    own = [_below(above, record) for record in records]
    below = [_below(own, record) for one in variants for record in one.data["records"]]
    outcome = import_records(
        kind="products", records=[*above, *own, *below], preset=context.preset, now=context.now,
        source=context.connection.system, reason=context.reason,
    )  # fmt: skip
    result = of_outcome(outcome)
    in_order = outcome.skus[len(above) : len(above) + len(product.records)]
    skus = [sku for sku in in_order if sku]
    stored = dict(Product.objects.filter(sku__in=skus).values_list("sku", "pk"))
    if result.is_refused and not stored:
        return result
    hide({str(sku) for sku in row.data.get("skus", ())} - set(skus))
    link_stock(product, in_order, stored, context)
    row.data = {"records": list(product.records), "skus": sorted(stored)}
    row.parent_id = product.parent_id
    first = min(stored.values()) if stored else None
    note(row, changed_at=product.changed_at, context=context, local_id=first)
    return result


def _parent(product: TheirProduct, context: Context) -> Sequence[Record]:
    """The rows of the product that this one is a variant of. Raises Missing."""
    if not product.parent_id:
        return []
    row = known(context, Kind.PRODUCT, product.parent_id)
    if row is None or not row.data.get("records"):
        if not context.is_last_try:
            raise Missing(Kind.PRODUCT, product.parent_id)
        return []
    records: list[Record] = row.data["records"]
    return records


def _below(parent: Sequence[Record], record: Record) -> Record:
    """A variant's row as it is to be written, which its parent has a part in."""
    return with_parent(record, parent[0]) if parent and "Parent" in record else record


def _variants_of(source_id: str, context: Context) -> list[SourceObject]:
    rows = SourceObject.objects.filter(connection=context.connection, parent_id=source_id, deleted_at=None)
    return list(rows.order_by("pk"))


def hide(skus: Collection[str]) -> None:
    """Products that the shop has no more: they stay for the orders that hold them, and are not shown."""
    for product in Product.objects.filter(sku__in=skus, is_active=True):
        product.is_active = False
        product.save(update_fields=["is_active", "updated_at"])


def delete_product(row: SourceObject, context: Context) -> Result:
    """Hide it and its variants."""
    gone = {str(sku) for sku in row.data.get("skus", ())}
    for variant in _variants_of(row.source_id, context):
        gone |= {str(sku) for sku in variant.data.get("skus", ())}
    hide(gone)
    return Result.applied()
