"""Orders, their labels, and lines of products that turned out to be sold by weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import cast

from django.db.models import F, Model

from importing.kinds.lookups import slices
from importing.undoing.rows import put_back, remove_made
from importing.undoing.state import Undoing
from membership.catalogue.stock.changing import Cause, keep_written
from membership.members.figures import mark_dirty
from membership.models import (
    Backorder,
    Member,
    Order,
    OrderChange,
    OrderItem,
    Product,
    Refund,
    StockMovement,
    Store,
)
from membership.models.transfers.import_undos import Changed
from membership.orders.changes import reverse_change
from membership.orders.histories import is_as_left, live_changes
from registry.tables.one_of import OneOf

CHANGED_SINCE = "changed_since"
AT_ONCE = 500
APART = tuple(model._meta.label for model in (OrderItem, OrderChange, Refund, StockMovement, Backorder))
"""Go with their order; what tells that it was changed is its history."""


def reverse_changes(undoing: Undoing, ids: Sequence[int]) -> None:
    """Orders that the import changed: back by their history, if this was the last that happened to them."""
    changes = list(OrderChange.objects.filter(OneOf("id", ids)).select_related("order"))
    orders = [change.order for change in changes]
    histories = _histories([order.pk for order in orders])
    reason = f"import {undoing.report.pk}"
    for change in changes:
        live = live_changes(histories[change.order_id])
        if change not in live:
            continue  # taken back before
        if live[-1] != change or not is_as_left(order=change.order, change=change):
            undoing.keep(OrderChange._meta.label, change.order.order_no, CHANGED_SINCE)
        elif not _refers_to_what_exists(change):
            undoing.keep(OrderChange._meta.label, change.order.order_no, "reference_gone")
        else:
            reverse_change(change=change, reason=reason, at=undoing.now)
            undoing.gone[OrderChange._meta.label] += 1


def _histories(order_ids: Sequence[int]) -> defaultdict[int, list[OrderChange]]:
    changes: defaultdict[int, list[OrderChange]] = defaultdict(list)
    for change in OrderChange.objects.filter(OneOf("order_id", order_ids)).order_by("id"):
        changes[change.order_id].append(change)
    return changes


def _refers_to_what_exists(change: OrderChange) -> bool:
    before = change.before
    products = {text[0] for text in before.get("lines", {}).values()}
    named = [(Product, products), (Member, {before.get("member_id")}), (Store, {before.get("store_id")})]
    return all(
        model._default_manager.filter(pk__in=ids - {None}).count() == len(ids - {None})
        for model, ids in named
    )


def take_back_labels(undoing: Undoing, changed: Mapping[int, Changed]) -> None:
    """A label whole or not at all: of its three fields none stands without the others."""
    orders = {order.pk: order for order in Order.objects.filter(OneOf("id", list(changed)))}
    newer = [pk for pk, order in orders.items() if not _label_is_as_left(order, changed[pk])]
    undoing.keep_all([orders[pk] for pk in newer], dict.fromkeys(newer, "labelled"))
    rows = put_back(undoing, Order, {pk: one for pk, one in changed.items() if pk not in newer})
    mark_dirty(member_ids=[cast("Order", row).member_id for row in rows], at=undoing.now)


def _label_is_as_left(order: Order, fields: Changed) -> bool:
    known_at = Order._meta.get_field("label_known_at").to_python(fields["label_known_at"][1])
    after = (fields["is_fraud"][1], known_at, fields["label_source"][1])
    return (order.is_fraud, order.label_known_at, order.label_source) == after


def unmark_gifts(undoing: Undoing, changed: Mapping[int, Changed]) -> None:
    """Lines that events of the import had marked as gifts."""
    rows = put_back(undoing, OrderItem, changed)
    mark_dirty(member_ids=[cast("OrderItem", row).member_id for row in rows], at=undoing.now)


def remove_orders(undoing: Undoing, ids: Sequence[int]) -> None:
    for some in slices(ids, AT_ONCE):
        rows = remove_made(undoing, Order, some, apart=APART, touched=_touched)
        mark_dirty(member_ids=[cast("Order", row).member_id for row in rows], at=undoing.now)


def _touched(undoing: Undoing, rows: Sequence[Model]) -> dict[int, str]:
    """Changed or labelled by anybody else."""
    histories = _histories([row.pk for row in rows])
    reasons = {pk: CHANGED_SINCE for pk, changes in histories.items() if live_changes(changes)}
    return reasons | {row.pk: "labelled" for row in rows if cast("Order", row).is_fraud is not None}


def count_units_again(undoing: Undoing, ids: Sequence[int]) -> None:
    """Lines whose units the import emptied, of products that count in units again."""
    items = OrderItem.objects.filter(OneOf("id", ids), units=None, product__sold_by_weight=False)
    items.update(units=F("quantity"))


def put_products_back(undoing: Undoing, changed: Mapping[int, Changed]) -> None:
    """A product stays "sold by weight" where orders that arrived later, or stay, have lines of it."""
    flagged = [pk for pk, fields in changed.items() if "sold_by_weight" in fields]
    lines = OrderItem.objects.filter(
        OneOf("product_id", flagged), order__imported_at__gte=undoing.report.queued_at
    )
    in_use = set(lines.values_list("product_id", flat=True).distinct())
    undoing.keep_all(
        list(Product.objects.filter(OneOf("id", in_use))),
        dict.fromkeys(in_use, f"used:{OrderItem._meta.label}"),
    )
    left = {
        pk: {name: values for name, values in fields.items() if pk not in in_use or name != "sold_by_weight"}
        for pk, fields in changed.items()
    }
    counted = [pk for pk, fields in left.items() if "stock" in fields]
    rows = Product.objects.select_for_update().filter(OneOf("id", counted)).order_by("pk")
    before = dict(rows.values_list("pk", "stock"))
    put_back(undoing, Product, {pk: fields for pk, fields in left.items() if fields})
    keep_written(before=before, cause=Cause("undo", reason=f"import {undoing.report.pk}"))
