"""Writing back what goes with each product: similar ones, and those bought with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _

from learning.estimator import Progress, silent
from membership.models import Order, OrderItem, Product
from recommendations.models import SimilarProduct
from recommendations.services.writing.scoring import Entry, Hold
from recommendations.services.writing.search_index import index_of
from registry.tables.bulk import upsert_rows
from registry.tables.one_of import OneOf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from learning.vocabulary import Vocabulary
    from recommendations.ml.similar.text_embedding import TextIndex

KEPT = 30
"""Products of one list: more than are shown, because stock and rules take some away."""
ORDERS_READ = 300_000
ROWS_AT_ONCE = 2_000


def renew_item_lists(*, as_of: datetime, hold: Hold = transaction.atomic, progress: Progress = silent) -> int:
    """Renew both lists of every product from the newest orders and the catalogue; the rows written.

    Old rows stay until their new ones are written; those that got no new one are deleted at the end.
    Two passes at once write the same.
    """
    import numpy as np

    from learning.vocabulary import Vocabulary
    from recommendations.ml.similar.item_neighbours import (
        bought_together,
        nearest_similar,
        nearest_together,
    )

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
    index = _text_index(products, catalogue)
    kinds = np.array([row[4] or 0 for row in catalogue], dtype=np.int64)
    lists[SimilarProduct.Kind.SIMILAR] = nearest_similar(
        index.vectors(), together, KEPT, allowed=sellable, groups=kinds
    )
    written = 0
    for kind, (neighbour_rows, scores) in lists.items():
        progress(0.8, _("writing similar products"))
        written += _write(kind, products.ids, neighbour_rows, scores, as_of=as_of, hold=hold)
        empty = products.ids[neighbour_rows[:, 0] < 0]
        with hold():
            _delete_old(kind, empty.tolist(), as_of=as_of)
    return written


def _delete_old(kind: str, empty: list[int], *, as_of: datetime) -> None:
    """Delete the lists from before ``as_of`` of products that have no neighbour any more."""
    old = SimilarProduct.objects.filter(kind=kind, scored_at__lt=as_of)
    old.filter(OneOf("product_id", empty)).delete()


def renew_search_index() -> int:
    """Read the names of all products, so that they are found and likened by meaning; how many there are."""
    from learning.vocabulary import Vocabulary

    catalogue = list(Product.objects.order_by("pk").values_list("pk", "name", "brand", "category__path"))
    if catalogue:
        _text_index(Vocabulary.from_ids([row[0] for row in catalogue]), catalogue)
    return len(catalogue)


def _text_index(products: Vocabulary, catalogue: Sequence[tuple[Any, ...]]) -> TextIndex:
    """``catalogue``: primary key, name, brand, category's path and more, in the order of ``products``."""
    titles, described = [row[1] for row in catalogue], [about(row[2], row[3]) for row in catalogue]
    return index_of(product_ids=products.ids, titles=titles, described=described)


def about(brand: str, category_path: str | None) -> str:
    """What is known of a product beside its name: the last step of its category, and its brand."""
    kind = (category_path or "").rpartition(" > ")[2]
    return " ".join(part for part in (kind, brand) if part)


def _baskets(*, as_of: datetime) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(order, product) of every line in the newest counted orders but gifts, two (n,) arrays."""
    import numpy as np

    counted = Order.objects.counted().placed_before(as_of).order_by("-placed_at", "-pk")
    oldest = counted.values_list("placed_at", flat=True)[ORDERS_READ : ORDERS_READ + 1]
    lines = OrderItem.objects.filter(placed_at__lt=as_of, units__isnull=False, is_gift=False)
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
    ids: NDArray[np.int64],
    neighbour_rows: NDArray[np.int64],
    scores: NDArray[np.float64],
    *,
    as_of: datetime,
    hold: Hold,
) -> int:
    import numpy as np

    written, filled = 0, np.flatnonzero(neighbour_rows[:, 0] >= 0)
    for begin in range(0, len(filled), ROWS_AT_ONCE):
        lines = filled[begin : begin + ROWS_AT_ONCE]
        products = zip(ids[lines].tolist(), _entries(ids, neighbour_rows[lines], scores[lines]), strict=True)
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
    ids: NDArray[np.int64], neighbour_rows: NDArray[np.int64], scores: NDArray[np.float64]
) -> Iterator[list[Entry]]:
    """The list of each line of ``neighbour_rows`` (n, k), whose empty places come last."""
    lengths = (neighbour_rows >= 0).sum(axis=1).tolist()
    for products, values, length in zip(ids[neighbour_rows].tolist(), scores.tolist(), lengths, strict=True):
        pairs = zip(products[:length], values[:length], strict=True)
        yield [{"product": product, "score": score} for product, score in pairs]
