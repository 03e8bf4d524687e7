"""Writing back how soon each product is bought again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from membership.models import Product
from membership.models.shop import shop_zone
from recommendations.features import load_interactions
from recommendations.models import RepeatGap
from recommendations.services.writing.scoring import Hold
from registry.tables.bulk import upsert_rows

COLUMNS = ("product_id", "days", "early_days", "gaps", "again_share", "is_once", "learned_at")
ROWS_AT_ONCE = 2_000
SECONDS_PER_DAY = 86_400


def renew_repeat_gaps(*, as_of: datetime, hold: Hold = transaction.atomic) -> int:
    """Learn them again from all orders before ``as_of``; the rows written. Safe to repeat.

    Products that nobody has bought have none, and all lose theirs where nothing was ever bought twice.
    """
    import numpy as np

    from recommendations.ml.repeat.gaps import learn_gaps

    bought = load_interactions(as_of=as_of)
    ids = bought.products.ids
    kinds = dict(Product.objects.values_list("pk", "category_id"))
    categories = np.array([kinds.get(pk) or -1 for pk in ids.tolist()], dtype=np.int64)
    zone = shop_zone()
    # the offset of now for all: a gap that a change of the clocks makes an hour longer is still its days
    offset = int((as_of.astimezone(zone).utcoffset() or as_of - as_of).total_seconds())
    days = (bought.timestamps + offset) // SECONDS_PER_DAY
    learned = learn_gaps(bought.member_rows, bought.product_rows, days, categories=categories)
    written = 0
    if learned is not None:
        rows = list(
            zip(
                ids.tolist(), np.round(learned.days, 2).tolist(), learned.early_days.tolist(),
                learned.gaps.tolist(), np.round(learned.again_share, 4).tolist(), learned.is_once.tolist(),
                [as_of] * len(ids), strict=True,
            )
        )  # fmt: skip
        for begin in range(0, len(rows), ROWS_AT_ONCE):
            with hold():
                written += upsert_rows(
                    model=RepeatGap,
                    columns=COLUMNS,
                    rows=rows[begin : begin + ROWS_AT_ONCE],
                    conflict=("product_id",),
                    update=COLUMNS[1:],
                )
    with hold():
        RepeatGap.objects.filter(learned_at__lt=as_of).delete()
    return written
