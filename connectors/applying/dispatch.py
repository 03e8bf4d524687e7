"""One thing that a shop says, to the function that writes it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from connectors.applying.known import Context, locked, note
from connectors.applying.orders import apply_order, apply_refund, delete_order
from connectors.applying.people import apply_customer, delete_customer
from connectors.applying.products import apply_product, delete_product
from connectors.applying.results import Result, State, together
from connectors.applying.stock import apply_stock
from connectors.models import SourceObject
from connectors.objects import (
    Deleted,
    ForStaff,
    Item,
    Nothing,
    TheirCustomer,
    TheirOrder,
    TheirPlace,
    TheirProduct,
    TheirRefund,
    TheirStock,
    Unreadable,
)
from connectors.words import phrase


def apply_items(items: Sequence[Item], context: Context) -> Result:
    """Write what a message says. Call in a transaction. Raises Missing."""
    return together([apply_item(item, context) for item in items])


def apply_item(item: Item, context: Context) -> Result:
    match item:
        case TheirOrder():
            return apply_order(item, context)
        case TheirCustomer():
            return apply_customer(item, context)
        case TheirProduct():
            return apply_product(item, context)
        case TheirRefund():
            return apply_refund(item, context)
        case TheirStock():
            return apply_stock(item, context)
        case TheirPlace():
            return _apply_place(item, context)
        case Deleted():
            return _delete(item, context)
        case ForStaff() | Nothing() | Unreadable():
            return _said(item)


def _said(item: ForStaff | Nothing | Unreadable) -> Result:
    """Where there is nothing to write."""
    match item:
        case ForStaff():
            return Result(State.STAFF, item.text)
        case Nothing():
            return Result.ignored(item.text)
        case Unreadable():
            text = _("%(field)s is missing or cannot be read")
            return Result(State.REFUSED, phrase(text, field=item.field))


def _apply_place(place: TheirPlace, context: Context) -> Result:
    row = locked(context, SourceObject.Kind.PLACE, place.source_id)
    row.data = {"name": place.name}
    note(row, changed_at=None, context=context, local_id=None)
    return Result.applied()


def _delete(item: Deleted, context: Context) -> Result:
    """Messages that were sent before and come later find it deleted, and change nothing."""
    row = locked(context, item.kind, item.source_id)
    if row.deleted_at is not None:
        return Result.older()
    row.deleted_at = context.now
    row.save()
    delete = {
        SourceObject.Kind.ORDER: delete_order,
        SourceObject.Kind.CUSTOMER: delete_customer,
        SourceObject.Kind.PRODUCT: delete_product,
    }
    if item.kind not in delete:
        return Result.ignored(_("messages of this topic are not used"))
    return delete[SourceObject.Kind(item.kind)](row, context)
