"""Order lines to the arrays that recommenders train on. The one place where this app reads lines in bulk."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Func
from django.db.models.sql.compiler import SQLCompiler

from membership.models import Member, Order, OrderItem, Product

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from learning.interactions import Interactions
    from learning.vocabulary import Vocabulary

LINES_AT_ONCE = 50_000


class UnixSecond(Func):
    """A moment as whole seconds since 1970, made by the database: a million datetimes are slow to build."""

    function = "UNIXEPOCH"
    output_field = models.BigIntegerField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"
        return self.as_sql(compiler, connection, template=template, **context)


def load_interactions(*, as_of: datetime, member_ids: Collection[int] | None = None) -> Interactions:
    """All counted order lines placed before ``as_of`` by active members, each worth 1; ids are primary keys.

    Left out: cancelled, refunded and declined orders, and lines whose quantity is a weight (fuel, say).
    """
    import numpy as np

    from learning.interactions import Interactions

    # few orders and members are left out: asking "is it one of those?" is quicker than joining every line
    lines = (
        OrderItem.objects.filter(placed_at__lt=as_of, units__isnull=False)
        .exclude(order__in=Order.objects.exclude(status__in=Order.COUNTED))
        .exclude(member__in=Member.objects.exclude(status=Member.Status.ACTIVE))
    )
    if member_ids is not None:
        lines = lines.filter(member_id__in=member_ids)
    wanted = lines.order_by().annotate(second=UnixSecond("placed_at"))
    flat = _integers(wanted.values_list("member_id", "product_id", "second"))
    # the database may answer in any order; a fixed one makes a retrain on the same rows repeatable
    flat = flat[np.lexsort((flat[:, 1], flat[:, 2], flat[:, 0]))]
    return Interactions.from_ids(flat[:, 0], flat[:, 1], flat[:, 2])


def _integers(rows: models.QuerySet[OrderItem, tuple[int, int, int]]) -> NDArray[np.int64]:
    """The rows as an (n, 3) array, straight from the cursor: iterating in Django doubles the time."""
    import numpy as np

    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        chunks = iter(lambda: cursor.fetchmany(LINES_AT_ONCE), [])
        values = chain.from_iterable(chain.from_iterable(chunks))
        return np.fromiter(values, dtype=np.int64).reshape(-1, 3)


def fingerprint(interactions: Interactions) -> str:
    """sha256 over who bought what when: the same rows, the same fingerprint."""
    digest = hashlib.sha256()
    ids = (
        interactions.members.ids[interactions.member_rows],
        interactions.products.ids[interactions.product_rows],
        interactions.timestamps,
    )
    for column in ids:
        digest.update(column.tobytes())
    return digest.hexdigest()


def sellable_mask(products: Vocabulary) -> NDArray[np.bool_]:
    """Which products of the vocabulary may be shown now: active, in stock, and still in the catalogue."""
    import numpy as np

    sellable = np.fromiter(Product.objects.sellable().values_list("pk", flat=True), dtype=np.int64)
    return np.isin(products.ids, sellable)
