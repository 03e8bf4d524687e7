"""Orders: store one as it was placed, settle it, and record its outcome.

What its lines cost is ``pricing``'s; an order is the sum of its lines. All in Decimal, never below zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, router, transaction
from django.db.models import QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.errors import Conflict, FieldError, rejected
from membership.loyalty.redeeming import redeem_points, use_coupon
from membership.members.figures import mark_dirty
from membership.members.lookups import check_may_act, find_member, find_products
from membership.models import Member, Order, OrderItem, Product, Store
from membership.models.shop import the_shop
from membership.orders.amounts import ZERO, order_sums
from membership.orders.changes import change_order
from membership.orders.following import follow
from membership.orders.pricing import LARGEST_AMOUNT, Draft, PricedLine, priced_lines, with_order_discount
from membership.orders.stock import OnShortage, follow_stock, take_stock
from registry.tables.bulk import insert_rows

REVIEW = "fraud review"
"""The source of changes that a verdict on an alert makes."""

ITEM_COLUMNS = (
    "order_id", "line_no", "product_id", "member_id", "category_id", "placed_at", "quantity", "units",
    "unit_price", "discount", "total", "is_gift",
)  # fmt: skip
BESIDE = ("shipping", "tax", "tip")
"""What is paid beside the products."""
TEXT_FIELDS = (
    "channel", "payment_method", "payment_fingerprint", "device_fingerprint", "address_fingerprint",
    "billing_country", "shipping_country", "coupon",
)  # fmt: skip


def create_order(*, draft: Draft, on_shortage: OnShortage | None = None) -> tuple[Order, bool]:
    """Store the order with its lines; (the order, whether it is new).

    ``draft`` is what ``OrderInput`` accepted. A known number with the same content is the order that is
    there already. The order starts as *held*, until ``settle_order``: should this process die before it is
    decided, nobody ships it, and no figure of its member has changed yet. ``on_shortage`` is told of lines of
    a new order for which the stock has too little. Raises Rejected and Conflict (also where the shop refuses
    orders for more than there is), and then nothing was written.
    """
    member = find_member(draft["member"])
    check_may_act(member)
    currency = draft.get("currency") or the_shop().currency
    products, store = _products_and_store(
        {line["sku"] for line in draft["lines"]}, store_code=draft.get("store", "")
    )
    lines = priced_lines(draft["lines"], products=products, currency=currency)
    lines = with_order_discount(lines, draft.get("order_discount") or ZERO, currency=currency)
    order = _order_row(draft, member=member, store=store, currency=currency, lines=lines)
    _check_amounts(order, given_total=draft.get("total"))
    try:
        with transaction.atomic():
            order.save(force_insert=True)
            insert_rows(model=OrderItem, columns=ITEM_COLUMNS, rows=_item_rows(order, lines))
            take_stock(order=order, items=_pieces(lines), on_shortage=on_shortage)
            _redeem(order, draft)
        return order, True
    except IntegrityError:
        known = Order.objects.filter(order_no=order.order_no).first()
        if known is None:
            raise
    _check_same(known, order, lines, given=set(draft))
    return known, False


def _redeem(order: Order, draft: Draft) -> None:
    """Use the coupon and the points that the order is paid with. Raises Rejected and Conflict."""
    if order.coupon:
        use_coupon(code=order.coupon, order=order)
    if draft.get("points"):
        redeem_points(member=order.member, points=draft["points"], order=order)


def settle_order(*, order: Order, status: str) -> bool:
    """Move an order that waits for its decision on to it, and mark its member; False when somebody has moved
    it already."""
    with transaction.atomic():
        if status == order.status == Order.Status.HELD:  # as it was stored
            mark_dirty(member_ids=[order.member_id])
            return True
        moved = Order.objects.filter(pk=order.pk, status=Order.Status.HELD).update(status=status)
        if moved:
            order.status = status
            if status in Order.RELEASED:
                follow_stock(order=order)
            follow(order=order)
        mark_dirty(member_ids=[order.member_id])  # last: see membership.orders.changes
    if not moved:
        order.refresh_from_db(fields=("status",))
    return bool(moved)


def release_held_order(*, order: Order, genuine: bool, who: str = "") -> bool:
    """After a review: a held order becomes paid, or declined; False when it is not held any more."""
    status = Order.Status.PAID if genuine else Order.Status.DECLINED
    with transaction.atomic():
        row = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        is_held = row.status == Order.Status.HELD
        if is_held:
            change_order(order=row, values={"status": status}, source=REVIEW, who=who)
    order.refresh_from_db(fields=("status",))
    return is_held


def label_order(*, order: Order, is_fraud: bool, source: str, known_at: datetime | None = None) -> bool:
    """Note the outcome of ``order``; False when a label that became known later is there already.

    Raises Rejected when it would have been known before the order was placed.
    """
    known_at = known_at or timezone.now()
    if known_at < order.placed_at:
        raise rejected("known_at", _("An outcome cannot be known before the order was placed."))
    with transaction.atomic():
        row = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if row.label_known_at is not None and row.label_known_at > known_at:
            applied = False
        else:
            row.is_fraud, row.label_known_at, row.label_source = is_fraud, known_at, source
            row.save(update_fields=("is_fraud", "label_known_at", "label_source"))
            mark_dirty(member_ids=[row.member_id])
            applied = True
    order.is_fraud, order.label_known_at, order.label_source = (
        row.is_fraud,
        row.label_known_at,
        row.label_source,
    )
    return applied


def _products_and_store(skus: Set[str], *, store_code: str) -> tuple[dict[str, Product], Store | None]:
    """(SKU or id -> product, the store or None), in one query. Raises Rejected without such a store."""
    if not store_code:
        return find_products(skus), None
    store_id = Subquery(Store.objects.filter(code=store_code).values("pk")[:1])
    with_store: QuerySet[Product] = Product.objects.annotate(requested_store=store_id)
    products = find_products(skus, products=with_store)
    stores = [getattr(product, "requested_store", None) for product in products.values()]
    if stores and stores[0] is None:
        raise rejected("store", _("There is no store %s.") % store_code)
    using = router.db_for_read(Store)
    return products, Store.from_db(using, ("id", "code"), (stores[0], store_code)) if stores else None


def _pieces(lines: Sequence[PricedLine]) -> Iterator[tuple[int, Product, int | None]]:
    """(line number, product, units) of each line."""
    for number, line in enumerate(lines, start=1):
        yield number, line.product, None if line.product.sold_by_weight else line.quantity


def _order_row(
    draft: Draft,
    *,
    member: Member,
    store: Store | None,
    currency: str,
    lines: Sequence[PricedLine],
) -> Order:
    sums = order_sums(lines)
    return Order(
        order_no=draft["order_no"],
        member=member,
        store=store,
        status=Order.Status.HELD,
        currency=currency,
        subtotal=sums.subtotal,
        discount=sums.discount,
        total=sums.total,
        item_count=len(lines),
        takes_stock=True,
        **{name: draft.get(name) or ZERO for name in BESIDE},
        ip=draft.get("ip") or None,
        placed_at=draft.get("placed_at") or timezone.now(),
        **{name: draft.get(name) or "" for name in TEXT_FIELDS if name != "channel"},
        channel=draft.get("channel") or Order.Channel.WEB,
    )


def _check_amounts(order: Order, *, given_total: Decimal | None) -> None:
    if order.subtotal > LARGEST_AMOUNT:
        raise rejected("lines", _("This order costs more than can be stored."))
    if given_total is not None and given_total != order.total:
        message = _("The lines add up to %(sum)s, not to %(given)s.")
        raise rejected("total", message % {"sum": order.total, "given": given_total})


def _item_rows(order: Order, lines: Sequence[PricedLine]) -> list[tuple[object, ...]]:
    """ITEM_COLUMNS of each line."""
    return [
        (
            order.pk,
            number,
            line.product.pk,
            order.member_id,
            line.product.category_id,
            order.placed_at,
            line.quantity,
            None if line.product.sold_by_weight else line.quantity,
            line.unit_price,
            line.discount,
            line.total,
            line.is_gift,
        )
        for number, line in enumerate(lines, start=1)
    ]


def _check_same(known: Order, order: Order, lines: Sequence[PricedLine], *, given: Set[str]) -> None:
    """Raises Conflict when the stored order with this number is another one.

    A price or a moment that the caller left to us is not compared: it may have changed in between. Nor is
    what is a gift, which may be said later.
    """
    beside = [name for name in BESIDE if name in given]
    names = ["member_id", "store_id", "currency", "ip", *TEXT_FIELDS, *beside]
    if "placed_at" in given:
        names.append("placed_at")
    differing = [name.removesuffix("_id") for name in names if getattr(known, name) != getattr(order, name)]
    items = list(known.items.order_by("line_no"))
    if len(items) != len(lines) or any(
        not _same_line(item, line) for item, line in zip(items, lines, strict=True)
    ):
        differing.append("lines")
    if differing:
        raise Conflict(
            _("Order %(number)s is already stored with another %(fields)s.")
            % {"number": known.order_no, "fields": ", ".join(differing)},
            errors=[FieldError(name, _("Differs from the stored order.")) for name in differing],
        )


def _same_line(item: OrderItem, line: PricedLine) -> bool:
    return (
        item.product_id == line.product.pk
        and item.quantity == line.quantity
        and item.discount == line.discount
        and (not line.price_was_given or item.unit_price == line.unit_price)
    )
