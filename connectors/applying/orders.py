"""Orders and refunds of a connected shop, by the rules of its orders export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from connectors.applying.known import Context, is_older, is_same, known, locked, note
from connectors.applying.people import apply_customer, member_of
from connectors.applying.results import Result, State, of_outcome
from connectors.models import SourceObject
from connectors.objects import Missing, Record, TheirOrder, TheirRefund
from connectors.words import phrase
from importing.records import import_records
from membership.models import Order, OrderItem
from membership.orders.changes import change_order

Kind = SourceObject.Kind
WORDS = {True: "refunded", False: "partially_refunded"}


def apply_order(order: TheirOrder, context: Context) -> Result:
    """Store the order, or change the stored one. Call in a transaction. Raises Missing."""
    row = locked(context, Kind.ORDER, order.source_id)
    if is_older(row, changed_at=order.changed_at, context=context):
        return Result.older()
    records = [{**record} for record in order.records]
    buyer = _buyer(order, context)
    order_no = f"{context.connection.order_prefix}{order.number}"
    if clash := _other_shops(order_no, row):
        text = _("%(shop)s has an order with this number, too: put a prefix before the numbers of one.")
        return Result(State.REFUSED, phrase(text, shop=clash))
    refunds = _all_refunds(order, context)
    _name_products(records, order, context)
    for record in records:
        record[order.number_heading] = order_no
        if buyer:
            record["member_no"] = buyer
        if order.refunded_heading:
            record |= _refunded(order, refunds)
        if order.place_heading:
            record[order.place_heading] = _place(order.place_id, context)
    outcome = import_records(
        kind="orders", records=records, preset=context.preset, now=context.now,
        source=context.connection.system, reason=context.reason,
    )  # fmt: skip
    result = of_outcome(outcome)
    if not result.is_refused:
        row.data = {"total": str(order.total)}
        local_id = Order.objects.filter(order_no=order_no).values_list("pk", flat=True).first()
        note(row, changed_at=order.changed_at, context=context, local_id=local_id)
    return result


def _buyer(order: TheirOrder, context: Context) -> str:
    """The number of the member who bought; "" leaves it to the order's e-mail. Raises Missing."""
    if not order.customer_id:
        return ""
    row = known(context, Kind.CUSTOMER, order.customer_id)
    if order.customer is not None and not is_same(row, order.customer.changed_at):
        apply_customer(order.customer, replace(context, restores=False))
        row = known(context, Kind.CUSTOMER, order.customer_id)
    member = member_of(row)
    is_gone = row is not None and row.deleted_at is not None
    if member is None and order.customer is None and not is_gone and not context.is_last_try:
        raise Missing(Kind.CUSTOMER, order.customer_id)
    return member.member_no if member is not None else ""


def _other_shops(order_no: str, row: SourceObject) -> str:
    """The other connected shop that this order number belongs to; "" where it is free or ours."""
    stored = Order.objects.filter(order_no=order_no).values_list("pk", flat=True).first()
    if stored is None or stored == row.local_id:
        return ""
    others = SourceObject.objects.filter(kind=Kind.ORDER, local_id=stored).exclude(pk=row.pk)
    other = others.select_related("connection").first()
    return str(other.connection) if other is not None else ""


def _name_products(records: Sequence[Record], order: TheirOrder, context: Context) -> None:
    """The SKU of lines that have none: a product without one has a number of ours, and what was deleted there
    has left its SKU here.
    """
    wanted = [
        (record, product_id)
        for record, product_id in zip(records, order.product_ids, strict=False)
        if product_id and not record[order.sku_heading]
    ]
    if not wanted:
        return
    products = SourceObject.objects.filter(
        connection=context.connection, kind=Kind.PRODUCT, source_id__in={one for _record, one in wanted}
    )
    skus = {row.source_id: row.data.get("skus", []) for row in products}
    for record, product_id in wanted:
        if len(skus.get(product_id, ())) == 1:
            record[order.sku_heading] = skus[product_id][0]


def _place(place_id: str, context: Context) -> str:
    row = known(context, Kind.PLACE, place_id) if place_id else None
    return str(row.data.get("name", "")) if row is not None else ""


# --- refunds ---------------------------------------------------------------------------------------------


def apply_refund(refund: TheirRefund, context: Context) -> Result:
    """Take a refund off its order; one that comes before its order is kept for it."""
    of_order = locked(context, Kind.ORDER, refund.order_id)  # first, as where the order itself is written
    row = locked(context, Kind.REFUNDS, refund.order_id)
    if refund.refund_id in row.data:
        return Result.older()
    row.data = {**row.data, refund.refund_id: str(refund.paid)}
    row.save()
    if of_order.local_id is None:
        return Result.applied(_("its order has not come yet"))
    order = Order.objects.filter(pk=of_order.local_id).first()
    if order is None or order.status in Order.UNCOUNTED:
        return Result.applied()
    paid = _sum(row.data)
    is_whole = paid >= Decimal(str(of_order.data.get("total", "0"))) > 0
    rows = stored_rows(order, refunded=paid, status="refunded" if is_whole else order.status)
    outcome = import_records(
        kind="orders", records=rows, preset=None, now=context.now, source=context.connection.system,
        reason=context.reason,
    )  # fmt: skip
    return of_outcome(outcome)


def stored_rows(order: Order, *, refunded: Decimal, status: str) -> list[Record]:
    """The stored order in our own columns, with another refund and status."""
    items = OrderItem.objects.filter(order=order).select_related("product").order_by("line_no")
    return [
        {
            "order_no": order.order_no,
            "line_no": str(item.line_no),
            "member_no": order.member.member_no,
            "placed_at": order.placed_at.isoformat(),
            "sku": item.product.sku,
            "quantity": str(item.quantity),
            "unit_price": f"{item.unit_price:f}",
            "line_gross": f"{item.total + item.discount + item.refunded:f}",
            "discount": f"{item.discount:f}",
            "refunded": f"{refunded:f}",
            "currency": order.currency,
            "status": status,
        }
        for item in items
    ]


def _all_refunds(order: TheirOrder, context: Context) -> dict[str, str]:
    """What the order itself says, and refunds of it that came by themselves."""
    of_order = {refund.refund_id: str(refund.paid) for refund in order.refunds}
    if not order.refunded_heading or order.refunds_are_all:
        return of_order
    row = known(context, Kind.REFUNDS, order.source_id) if not of_order else None
    if of_order or row is not None:
        row = locked(context, Kind.REFUNDS, order.source_id)
        row.data = {**row.data, **of_order}
        row.save()
        return dict(row.data)
    return {}


def _refunded(order: TheirOrder, refunds: Mapping[str, str]) -> Record:
    paid = _sum(refunds)
    record: Record = {order.refunded_heading: str(paid)}
    own = {refund.refund_id for refund in order.refunds}
    if order.status_heading and set(refunds) - own and paid > 0:
        record[order.status_heading] = WORDS[paid >= order.total > 0]
    return record


def _sum(refunds: Mapping[str, str]) -> Decimal:
    """What was paid back in all."""
    return sum(map(Decimal, refunds.values()), Decimal(0))


# --- deletion --------------------------------------------------------------------------------------------


def delete_order(row: SourceObject, context: Context) -> Result:
    """An order that the shop deleted is kept as cancelled: nothing of it counts any more."""
    order = Order.objects.filter(pk=row.local_id).first() if row.local_id else None
    if order is None:
        return Result.ignored(_("it was never here"))
    if order.status not in (Order.Status.CANCELLED, Order.Status.REFUNDED):
        change_order(
            order=order, values={"status": Order.Status.CANCELLED.value, "cancelled_at": timezone.now()},
            source=context.connection.system, reason=context.reason,
        )  # fmt: skip
    return Result.applied()
