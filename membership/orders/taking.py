"""Orders: store one as it was placed, settle it, and record its outcome.

Money: a line costs ``quantity × unit_price`` rounded half up to the currency's minor unit, less its discount;
an order is the sum of its lines. All in Decimal, never below zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import IntegrityError, router, transaction
from django.db.models import QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.cleaning.words import MINOR_DIGITS
from membership.errors import Conflict, FieldError, Rejected, rejected
from membership.members.figures import mark_dirty
from membership.members.lookups import check_may_act, find_member, find_products
from membership.models import Member, Order, OrderItem, Product, Store
from membership.models.shop import the_shop
from registry.bulk import insert_rows

LARGEST_AMOUNT = Decimal("99999999999.999")
"""What the database's amounts hold."""

Draft = Mapping[str, Any]
"""What ``OrderInput`` accepted: an order, or one of its lines."""

ITEM_COLUMNS = (
    "order_id", "line_no", "product_id", "member_id", "category_id", "placed_at", "quantity", "units",
    "unit_price", "discount", "total",
)  # fmt: skip
TEXT_FIELDS = (
    "channel", "payment_method", "payment_fingerprint", "device_fingerprint", "address_fingerprint",
    "billing_country", "shipping_country", "coupon",
)  # fmt: skip


@dataclass(frozen=True)
class PricedLine:
    """One line with its product and its amounts."""

    product: Product
    quantity: int
    unit_price: Decimal
    price_was_given: bool
    gross: Decimal
    discount: Decimal

    @property
    def total(self) -> Decimal:
        return self.gross - self.discount


def create_order(*, draft: Draft) -> tuple[Order, bool]:
    """Store the order with its lines; (the order, whether it is new).

    ``draft`` is what ``OrderInput`` accepted. A known number with the same content is the order that is
    there already. The order starts as *held*, until ``settle_order``: should this process die before it is
    decided, nobody ships it, and no figure of its member has changed yet. Raises Rejected and Conflict, and
    then nothing was written.
    """
    member = find_member(draft["member"])
    check_may_act(member)
    currency = draft.get("currency") or the_shop().currency
    products, store = _products_and_store(
        {line["sku"] for line in draft["lines"]}, store_code=draft.get("store", "")
    )
    lines = _priced_lines(draft["lines"], products=products, currency=currency)
    order = _order_row(draft, member=member, store=store, currency=currency, lines=lines)
    _check_amounts(order, given_total=draft.get("total"))
    try:
        with transaction.atomic():
            order.save(force_insert=True)
            insert_rows(model=OrderItem, columns=ITEM_COLUMNS, rows=_item_rows(order, lines))
        return order, True
    except IntegrityError:
        known = Order.objects.filter(order_no=order.order_no).first()
        if known is None:
            raise
    _check_same(known, order, lines, placed_at_given="placed_at" in draft)
    return known, False


def settle_order(*, order: Order, status: str) -> bool:
    """Move an order that waits for its decision on to it, and mark its member; False when somebody has moved
    it already."""
    with transaction.atomic():
        mark_dirty(member_ids=[order.member_id])
        if status == order.status == Order.Status.HELD:  # as it was stored
            return True
        moved = Order.objects.filter(pk=order.pk, status=Order.Status.HELD).update(status=status)
    if moved:
        order.status = status
    else:
        order.refresh_from_db(fields=("status",))
    return bool(moved)


def release_held_order(*, order: Order, genuine: bool) -> bool:
    """After a review: a held order becomes paid, or declined; False when it is not held any more."""
    status = Order.Status.PAID if genuine else Order.Status.DECLINED
    with transaction.atomic():
        moved = Order.objects.filter(pk=order.pk, status=Order.Status.HELD).update(status=status)
        if moved:
            mark_dirty(member_ids=[order.member_id])
    order.refresh_from_db(fields=("status",))
    return bool(moved)


def label_order(*, order: Order, is_fraud: bool, source: str, known_at: datetime | None = None) -> bool:
    """Note the outcome of ``order``; False when a label that became known later is there already.

    Raises Rejected when it would have been known before the order was placed.
    """
    known_at = known_at or timezone.now()
    if known_at < order.placed_at:
        raise rejected("known_at", _("An outcome cannot be known before the order was placed."))
    with transaction.atomic():
        row = Order.objects.select_for_update().get(pk=order.pk)
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


def _priced_lines(
    lines: Sequence[Draft], *, products: Mapping[str, Product], currency: str
) -> list[PricedLine]:
    """Raises Rejected with every error of every line."""
    unit = Decimal(1).scaleb(-MINOR_DIGITS.get(currency, 2))
    errors: list[FieldError] = []
    priced: list[PricedLine] = []
    for position, line in enumerate(lines):
        product = products.get(line["sku"])
        if product is None:
            errors.append(FieldError(f"lines.{position}.sku", _("There is no product %s.") % line["sku"]))
            continue
        result = _priced(line, product=product, currency=currency, unit=unit)
        if isinstance(result, PricedLine):
            priced.append(result)
        else:
            errors.append(FieldError(f"lines.{position}.{result[0]}", result[1]))
    if errors:
        raise Rejected(errors[0].message, errors=errors)
    return priced


def _priced(line: Draft, *, product: Product, currency: str, unit: Decimal) -> PricedLine | tuple[str, str]:
    """The line with its amounts, or (field, what is wrong)."""
    given: Decimal | None = line.get("unit_price")
    if given is None and product.currency != currency:
        message = _("%(sku)s is priced in %(theirs)s; give its unit_price in %(ours)s.")
        return "unit_price", message % {"sku": product.sku, "theirs": product.currency, "ours": currency}
    price = product.price if given is None else given
    gross = (price * line["quantity"]).quantize(unit, ROUND_HALF_UP)
    discount: Decimal = line.get("discount") or Decimal(0)
    if gross > LARGEST_AMOUNT:
        return "unit_price", _("This line costs more than can be stored.")
    if discount != discount.quantize(unit):
        return "discount", _("An amount in %(currency)s has no smaller part than %(unit)s.") % {
            "currency": currency,
            "unit": unit,
        }
    if discount > gross:
        return "discount", _("The discount is larger than the line.")
    return PricedLine(product, line["quantity"], price, given is not None, gross, discount)


def _order_row(
    draft: Draft,
    *,
    member: Member,
    store: Store | None,
    currency: str,
    lines: Sequence[PricedLine],
) -> Order:
    return Order(
        order_no=draft["order_no"],
        member=member,
        store=store,
        status=Order.Status.HELD,
        currency=currency,
        subtotal=sum((line.gross for line in lines), Decimal(0)),
        discount=sum((line.discount for line in lines), Decimal(0)),
        total=sum((line.total for line in lines), Decimal(0)),
        item_count=len(lines),
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
        )
        for number, line in enumerate(lines, start=1)
    ]


def _check_same(known: Order, order: Order, lines: Sequence[PricedLine], *, placed_at_given: bool) -> None:
    """Raises Conflict when the stored order with this number is another one.

    A price or a moment that the caller left to us is not compared: it may have changed in between.
    """
    names = ["member_id", "store_id", "currency", "ip", *TEXT_FIELDS]
    if placed_at_given:
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
