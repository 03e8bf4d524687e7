"""Writing back what goes with each product: similar ones, and those bought with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _

from learning.estimator import Progress, silent
from membership.models import Order, OrderItem, Product
from recommendations.models import SimilarProduct
from recommendations.services.searching.search_index import store_index
from recommendations.services.writing.scoring import Hold
from registry.bulk import upsert_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEPT = 30
"""Products of one list: more than are shown, because stock and rules take some away."""
ORDERS_READ = 300_000
ROWS_AT_ONCE = 2_000


def renew_item_lists(*, as_of: datetime, hold: Hold = transaction.atomic, progress: Progress = silent) -> int:
    """Renew both lists of every product from the newest orders and the catalogue; the rows written.

    Old rows stay until their new ones are written; lists that came to nothing are deleted at the end.
    """
    import numpy as np

    from learning.vocabulary import Vocabulary
    from recommendations.ml.similar.item_neighbours import (
        bought_together,
        nearest_similar,
        nearest_together,
    )
    from recommendations.ml.similar.text_embedding import TextIndex

    progress(0.0, _("reading the catalogue"))
    columns = ("pk", "name", "brand", "category__path", "category_id", "is_active", "stock")
    catalogue = list(Product.objects.order_by("pk").values_list(*columns))
    if not catalogue:
        return 0
    products = Vocabulary.from_ids([row[0] for row in catalogue])
    sellable = np.array([active and stock != 0 for *_text, active, stock in catalogue], dtype=np.bool_)
    orders, bought = _baskets(as_of=as_of)
    rows = products.rows_of(bought)
    progress(0.2, _("finding what is bought together"))
    together = bought_together(orders[rows >= 0], rows[rows >= 0], n_products=len(products))
    lists = {SimilarProduct.Kind.TOGETHER: nearest_together(together, KEPT, allowed=sellable)}
    progress(0.4, _("finding similar products"))
    index = TextIndex().fit([row[1] for row in catalogue], [about(row[2], row[3]) for row in catalogue])
    store_index(index=index, product_ids=products.ids)
    kinds = np.array([row[4] or 0 for row in catalogue], dtype=np.int64)
    lists[SimilarProduct.Kind.SIMILAR] = nearest_similar(
        index.vectors(), together, KEPT, allowed=sellable, groups=kinds
    )
    written = 0
    for kind, (found, scores) in lists.items():
        progress(0.8, _("writing similar products"))
        written += _write(kind, products.ids, found, scores, as_of=as_of, hold=hold)
    with hold():
        SimilarProduct.objects.filter(scored_at__lt=as_of).delete()
    return written


def about(brand: str, category_path: str | None) -> str:
    """What is known of a product beside its name: the last step of its category, and its brand."""
    kind = (category_path or "").rpartition(" > ")[2]
    return " ".join(part for part in (kind, brand) if part)


def _baskets(*, as_of: datetime) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(order, product) of every line in the newest counted orders, two (n,) arrays."""
    import numpy as np

    counted = Order.objects.counted().placed_before(as_of).order_by("-placed_at", "-pk")
    oldest = counted.values_list("placed_at", flat=True)[ORDERS_READ : ORDERS_READ + 1]
    lines = OrderItem.objects.filter(placed_at__lt=as_of, units__isnull=False)
    lines = lines.exclude(order__in=Order.objects.exclude(status__in=Order.COUNTED))
    for moment in oldest:
        lines = lines.filter(placed_at__gt=moment)
    sql, params = lines.order_by().values_list("order_id", "product_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        chunks = iter(lambda: cursor.fetchmany(50_000), [])
        flat = np.fromiter(chain.from_iterable(chain.from_iterable(chunks)), dtype=np.int64).reshape(-1, 2)
    return flat[:, 0], flat[:, 1]


def _write(
    kind: str,
    ids: Any,
    found: NDArray[np.int64],
    scores: NDArray[np.float64],
    *,
    as_of: datetime,
    hold: Hold,
) -> int:
    import numpy as np

    written, filled = 0, np.flatnonzero(found[:, 0] >= 0)
    for begin in range(0, len(filled), ROWS_AT_ONCE):
        lines = filled[begin : begin + ROWS_AT_ONCE]
        products = zip(ids[lines].tolist(), _entries(ids, found[lines], scores[lines]), strict=True)
        rows = [(product, kind, orjson.dumps(entries).decode(), as_of) for product, entries in products]
        with hold():
            written += upsert_rows(
                model=SimilarProduct,
                columns=("product_id", "kind", "products", "scored_at"),
                rows=rows,
                conflict=("product_id", "kind"),
                update=("products", "scored_at"),
            )
    return written


def _entries(
    ids: Any, found: NDArray[np.int64], scores: NDArray[np.float64]
) -> Iterator[list[dict[str, Any]]]:
    """The list of each line of ``found`` (n, k), whose empty places come last."""
    lengths = (found >= 0).sum(axis=1).tolist()
    for products, values, length in zip(ids[found].tolist(), scores.tolist(), lengths, strict=True):
        pairs = zip(products[:length], values[:length], strict=True)
        yield [{"product": product, "score": score} for product, score in pairs]
