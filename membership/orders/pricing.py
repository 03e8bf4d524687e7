"""What the lines of a new order cost.

A line costs ``quantity × unit_price`` rounded half up to the currency's minor unit, less its discount and its
share of the order's. All in Decimal, never below zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from learning.json_types import JsonMapping
from membership.errors import FieldError, Rejected, rejected
from membership.models import Product
from membership.orders.amounts import ZERO, coin_of, spread

LARGEST_AMOUNT = Decimal("99999999999.999")
"""What the database's amounts hold."""

Draft = JsonMapping
"""What ``OrderInput`` accepted: an order, or one of its lines."""


@dataclass(frozen=True)
class PricedLine:
    """One line with its product and its amounts."""

    product: Product
    quantity: int
    unit_price: Decimal
    price_was_given: bool
    gross: Decimal
    discount: Decimal

    refunded: Decimal = ZERO
    is_gift: bool = False

    @property
    def total(self) -> Decimal:
        return self.gross - self.discount


def priced_lines(
    lines: Sequence[Draft], *, products: Mapping[str, Product], currency: str
) -> list[PricedLine]:
    """Raises Rejected with every error of every line."""
    unit = coin_of(currency)
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
    return PricedLine(
        product, line["quantity"], price, given is not None, gross, discount, is_gift=bool(line.get("gift"))
    )


def with_order_discount(lines: Sequence[PricedLine], discount: Decimal, *, currency: str) -> list[PricedLine]:
    """The lines with their shares of a discount of the whole order. Raises Rejected."""
    unit, paid = coin_of(currency), sum((line.total for line in lines), ZERO)
    if discount % unit:
        message = _("An amount in %(currency)s has no smaller part than %(unit)s.")
        raise rejected("order_discount", message % {"currency": currency, "unit": unit})
    if discount > paid:
        raise rejected("order_discount", _("The discount is larger than the order."))
    shares = spread(discount, over=[line.total for line in lines], coin=unit)
    return [replace(line, discount=line.discount + share) for line, share in zip(lines, shares, strict=True)]
