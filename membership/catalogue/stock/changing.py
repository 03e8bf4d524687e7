"""Stock as the shop itself changes it: counted anew, delivered, broken; by hand, API, import or connection.

Each change is kept with who, when and why, and what comes in goes to backorders first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from membership.catalogue.stock.ledger import LARGEST_STOCK, fill_backorders, keep, locked_products
from membership.errors import Conflict, FieldError, rejected
from membership.models import Product, StockMovement


@dataclass(frozen=True)
class Cause:
    """Where a change comes from: ``source`` such as ``api`` or ``import``, ``who``, and ``reason``."""

    source: str
    who: str = ""
    reason: str = ""


@dataclass(frozen=True)
class StockChange:
    """``movement`` is None where the stock was so already; ``filled`` pieces went to backorders at once."""

    product: Product
    movement: StockMovement | None
    filled: int = 0


def set_stock(*, product: Product, stock: int | None, cause: Cause) -> StockChange:
    """So many pieces lie there now; None: they are not counted any more. Raises Rejected."""
    _check(stock or 0, "set")
    with transaction.atomic():
        row = locked_products([product.pk])[product.pk]
        if row.stock == stock and not (row.backordered and stock):
            return StockChange(row, None)
        return _moved(row, before=row.stock, stock=stock, cause=cause)


def change_stock(*, product: Product, units: int, cause: Cause) -> StockChange:
    """So many pieces came (above zero) or left (below). Raises Rejected; Conflict for more than there are."""
    with transaction.atomic():
        row = locked_products([product.pk])[product.pk]
        if row.stock is None:
            message = _("The stock of %s is not counted: set it first.") % row.sku
            raise Conflict(message, errors=[FieldError("change", message)])
        if row.stock + units < 0:
            message = _("Of %(sku)s only %(left)s are left.") % {"sku": row.sku, "left": row.stock}
            raise Conflict(message, errors=[FieldError("change", message)])
        _check(row.stock + units, "change")
        if not units:
            return StockChange(row, None)
        return _moved(row, before=row.stock, stock=row.stock + units, cause=cause)


def keep_written(*, before: Mapping[int, int | None], cause: Cause) -> None:
    """Keep in the history what was written to products' stock in sets, and let it fill backorders.

    ``before`` is product id -> stock before. Call in the transaction that wrote it, with the rows locked
    since before they were read. Nothing happens to those whose stock is what it was.
    """
    if not before:
        return
    rows = [row for pk, row in locked_products(before).items() if row.stock != before[pk]]
    movements = [_movement(row, before=before[row.pk], cause=cause) for row in rows]
    fills = fill_backorders(rows)
    served = {one.product_id for one in fills}
    keep([row for row in rows if row.pk in served], [*movements, *fills])


def _moved(row: Product, *, before: int | None, stock: int | None, cause: Cause) -> StockChange:
    row.stock = stock
    movement = _movement(row, before=before, cause=cause)
    fills = fill_backorders([row])
    keep([row], [movement, *fills])
    return StockChange(row, movement, filled=-sum(one.units for one in fills))


def _movement(row: Product, *, before: int | None, cause: Cause) -> StockMovement:
    """The row of a stock that was ``before``. One that is no longer counted ends at 0, what it owes aside."""
    now = row.backordered if row.stock is None else row.stock
    units = now - (before or 0)
    return StockMovement(
        product_id=row.pk, wanted=units, units=units, stock=row.stock, source=cause.source,
        who=cause.who[:160], reason=cause.reason[:200],
    )  # fmt: skip


def _check(stock: int, field: str) -> None:
    if not 0 <= stock <= LARGEST_STOCK:
        raise rejected(field, _("A stock is a whole number from 0 to %s.") % f"{LARGEST_STOCK:,}")
