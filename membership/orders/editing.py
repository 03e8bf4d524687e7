"""The lines of an order, changed before anything of it has left the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from membership.errors import FieldError, Rejected, rejected
from membership.members.lookups import find_products
from membership.models import Order, OrderChange, OrderItem, Product
from membership.orders.amounts import coin_of
from membership.orders.changes import change_order
from membership.orders.histories import ChangedLine
from membership.orders.pricing import LARGEST_AMOUNT
from membership.orders.statuses import check_editable


@dataclass(frozen=True)
class LineDraft:
    """One line as it is wanted. Without ``line_no`` it is the stored line of that SKU, or a new one.

    Price and discount are those of the stored line (the discount in proportion to the quantity) or the
    product's price and none, unless given.
    """

    sku: str
    quantity: int
    line_no: int | None = None
    unit_price: Decimal | None = None
    discount: Decimal | None = None


def edit_lines(
    *, order: Order, lines: Sequence[LineDraft], source: str, who: str = "", reason: str = ""
) -> OrderChange | None:
    """Give the order these lines, and no others; its history entry, None where it has them already.

    Raises Conflict once the order was shipped or something was refunded, or where the shop refuses to take
    more than there is; and Rejected with every error of every line.
    """
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        check_editable(locked)
        stored = list(OrderItem.objects.filter(order=locked).select_related("product").order_by("line_no"))
        products = find_products({line.sku for line in lines})
        numbers = _numbers(lines, stored)
        known = {item.line_no: item for item in stored}
        errors: list[FieldError] = []
        changed: list[ChangedLine] = []
        for position, (draft, line_no) in enumerate(zip(lines, numbers, strict=True)):
            made = _line(locked, draft, line_no, products=products, stored=known.get(line_no))
            if isinstance(made, ChangedLine):
                changed.append(made)
            else:
                errors.append(FieldError(f"lines.{position}.{made[0]}", made[1]))
        if errors:
            raise Rejected(errors[0].message, errors=errors)
        if sum((line.gross for line in changed), Decimal(0)) > LARGEST_AMOUNT:
            raise rejected("lines", _("This order costs more than can be stored."))
        return change_order(
            order=locked, values={}, lines=changed, source=source, who=who, reason=reason, may_refuse=True
        )


def _numbers(lines: Sequence[LineDraft], stored: Sequence[OrderItem]) -> list[int]:
    """The number of each line. Raises Rejected where two lines have one."""
    given = [line.line_no for line in lines if line.line_no is not None]
    if len(given) != len(set(given)):
        raise rejected("lines", _("Two lines have the same number."))
    by_sku: dict[str, list[int]] = {}
    for item in stored:
        for name in (item.product.sku, str(item.product.public_id)):
            if item.line_no not in given:
                by_sku.setdefault(name, []).append(item.line_no)
    highest = max([*given, *(item.line_no for item in stored)], default=0)
    numbers = []
    for line in lines:
        if line.line_no is not None:
            numbers.append(line.line_no)
        elif by_sku.get(line.sku):
            numbers.append(by_sku[line.sku].pop(0))
        else:
            highest += 1
            numbers.append(highest)
    return numbers


def _line(
    order: Order, draft: LineDraft, line_no: int, *, products: Mapping[str, Product], stored: OrderItem | None
) -> ChangedLine | tuple[str, str]:
    """The line, or (field, what is wrong)."""
    product = products.get(draft.sku)
    if product is None:
        return "sku", _("There is no product %s.") % draft.sku
    kept = stored if stored is not None and stored.product_id == product.pk else None
    if kept is None and draft.unit_price is None and product.currency != order.currency:
        message = _("%(sku)s is priced in %(theirs)s; give its unit_price in %(ours)s.")
        words = {"sku": product.sku, "theirs": product.currency, "ours": order.currency}
        return "unit_price", message % words
    coin = coin_of(order.currency)
    usual = product.price if kept is None else kept.unit_price
    price = usual if draft.unit_price is None else draft.unit_price
    if kept is not None and (kept.quantity, kept.unit_price) == (draft.quantity, price):
        gross = kept.total + kept.discount  # as it came, even where it is not quantity × price
    else:
        gross = (price * draft.quantity).quantize(coin, ROUND_HALF_UP)
    if gross > LARGEST_AMOUNT:
        return "unit_price", _("This line costs more than can be stored.")
    discount = draft.discount
    if discount is None:
        discount = _kept_discount(kept, draft.quantity, coin=coin, gross=gross)
    elif discount % coin:
        message = _("An amount in %(currency)s has no smaller part than %(unit)s.")
        return "discount", message % {"currency": order.currency, "unit": coin}
    if discount > gross:
        return "discount", _("The discount is larger than the line.")
    units = None if product.sold_by_weight or (kept is not None and kept.units is None) else draft.quantity
    line = ChangedLine(
        line_no=line_no, product_id=product.pk, category_id=product.category_id, quantity=draft.quantity,
        units=units, unit_price=price, gross=gross, discount=discount, refunded=Decimal(0), returned=0,
        restocked=0,
    )  # fmt: skip
    return line if kept is None else replace(line, category_id=kept.category_id)


def _kept_discount(kept: OrderItem | None, quantity: int, *, coin: Decimal, gross: Decimal) -> Decimal:
    if kept is None:
        return Decimal(0)
    if kept.quantity == quantity:
        return min(kept.discount, gross)
    in_proportion = (kept.discount * quantity / kept.quantity).quantize(coin, ROUND_FLOOR)
    return min(in_proportion, gross)
