"""Orders to the arrays that forecasts are made from. The one place where forecasts read rows in bulk."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import Case, F, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from forecasts.models import PlannedPromotion, PromotionKind
from membership.members.profiling import profiling_refusals
from membership.models import Category, Member, Order, OrderItem, Product
from membership.models.exchange_rates import InShopCurrency
from membership.models.shop import shop_zone
from registry.tables.one_of import OneOf
from registry.tables.unix_seconds import UnixSecond

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from forecasts.ml.demand.sales_history import SalesHistory
    from forecasts.ml.members.purchase_history import PurchaseHistory

ROWS_AT_ONCE = 50_000
CATEGORY_DEPTH = 2
"""Likely categories are given at this depth of the tree: deeper ones are too many to be likely."""
WEEKS_KEPT = 104
"""Of sales; older ones say little about the weeks ahead."""
EPOCH = date(1970, 1, 1)
SECONDS_PER_DAY = 86_400
PLAN_WEEKS, PLAN_SHARE = 8, 0.25
"""A week ahead is planned once its promotions come to this share of a usual week's, of the newest eight."""
OFFSET_SECONDS = 900
"""No time zone changes its offset between two moments of one quarter of an hour."""


@dataclass(frozen=True, eq=False)
class Purchases:
    """All that is known of the orders of some members at a moment; a row is an order or one line of one."""

    member_ids: NDArray[np.int64]
    seconds: NDArray[np.int64]
    amounts: NDArray[np.float64]
    """What an order cost in the shop's currency; 0 on lines, which repeat it."""
    units: NDArray[np.float64]
    categories: NDArray[np.int64]
    """The category at CATEGORY_DEPTH; -1 for none."""

    def __len__(self) -> int:
        return len(self.member_ids)

    def where(self, mask: NDArray[np.bool_]) -> Purchases:
        """The rows where ``mask`` (n,) holds."""
        return Purchases(
            self.member_ids[mask], self.seconds[mask], self.amounts[mask], self.units[mask],
            self.categories[mask],
        )  # fmt: skip

    def still_allowed(self) -> Purchases:
        """The rows of members who may be forecast now."""
        import numpy as np

        allowed = np.fromiter(forecast_members().order_by().values_list("pk", flat=True), dtype=np.int64)
        return self.where(np.isin(self.member_ids, allowed))

    def local_seconds(self) -> NDArray[np.int64]:
        """Seconds on the shop's own clock."""
        return to_shop_clock(self.seconds)

    def newest(self) -> dict[int, datetime]:
        """The moment of each member's last order, to the second."""
        import numpy as np

        ids, rows = np.unique(self.member_ids, return_inverse=True)
        last = np.zeros(len(ids), dtype=np.int64)
        np.maximum.at(last, rows, self.seconds)
        moments = (datetime.fromtimestamp(second, tz=UTC) for second in last.tolist())
        return dict(zip(ids.tolist(), moments, strict=True))

    def history(self, *, as_of_day: int, members: Any = None) -> PurchaseHistory:
        """What was known at the start of ``as_of_day``."""
        from forecasts.ml.members.purchase_history import PurchaseHistory

        return PurchaseHistory.from_orders(
            self.member_ids, self.local_seconds(), self.amounts, as_of_day=as_of_day, units=self.units,
            categories=self.categories, members=members,
        )  # fmt: skip

    def fingerprint(self) -> str:
        """sha256 over who bought what when: the same rows, the same fingerprint."""
        import numpy as np

        columns = (self.member_ids, self.seconds, self.amounts, self.units, self.categories)
        order = np.lexsort(columns[::-1])
        digest = hashlib.sha256()
        for column in columns:
            digest.update(column[order].tobytes())
        return digest.hexdigest()


def forecast_members() -> models.QuerySet[Member]:
    """Whom forecasts are made for and learned from: active members who did not refuse to be profiled."""
    return Member.objects.active().exclude(pk__in=profiling_refusals())


def load_purchases(*, as_of: datetime, member_ids: Collection[int] | None = None) -> Purchases:
    """The counted orders placed at or before ``as_of`` and their lines, in no order."""
    import numpy as np

    members = forecast_members()
    if member_ids is not None:
        members = members.filter(OneOf("id", member_ids))
    amount = Coalesce("shop_total", Value(Decimal(0)))
    orders = Order.objects.counted().filter(placed_at__lte=as_of, member__in=members).order_by()
    counted = orders.annotate(second=UnixSecond("placed_at"), amount=amount)
    whole = numbers(counted.values_list("member_id", "second", "amount"), columns=3)
    lines = OrderItem.objects.filter(placed_at__lte=as_of, member__in=members).order_by()
    lines = lines.exclude(order__in=Order.objects.exclude(status__in=Order.COUNTED))
    lines = lines.annotate(
        second=UnixSecond("placed_at"),
        pieces=Coalesce("units", 1),  # what is weighed is one piece
        # a gift is money and pieces, but says nothing about which categories the member likes
        category_or_none=Case(
            When(is_gift=False, category__isnull=False, then=F("category_id")),
            default=Value(-1),
            output_field=models.BigIntegerField(),
        ),
    )
    parts = numbers(lines.values_list("member_id", "second", "pieces", "category_or_none"), columns=4)
    return Purchases(
        member_ids=np.concatenate([whole[:, 0], parts[:, 0]]).astype(np.int64),
        seconds=np.concatenate([whole[:, 1], parts[:, 1]]).astype(np.int64),
        amounts=np.concatenate([whole[:, 2], np.zeros(len(parts))]),
        units=np.concatenate([np.zeros(len(whole)), parts[:, 2]]),
        categories=np.concatenate([np.full(len(whole), -1), _shallow(parts[:, 3].astype(np.int64))]),
    )


def load_sales(*, as_of: datetime) -> SalesHistory:
    """Units of every product that was ever sold, by weeks of seven days that end with the day of ``as_of``.

    Weeks end with the newest day that is known, not with Sunday, so that the last days are not left out.
    The first week is the first whole one. Raises ModelFitError when no whole week is known.
    """
    import numpy as np

    from forecasts.ml.demand.sales_history import SalesHistory
    from learning.estimator import ModelFitError

    rows = OrderItem.objects.filter(placed_at__lte=as_of, units__isnull=False).order_by()
    rows = rows.exclude(order__in=Order.objects.exclude(status__in=Order.COUNTED))
    rows = rows.annotate(second=UnixSecond("placed_at"))
    paid: Combinable = F("total")
    if Order.objects.foreign().exists():
        paid = Coalesce(InShopCurrency("total", "order__shop_rate", "order__shop_digits"), Value(Decimal(0)))
    table = numbers(rows.annotate(paid=paid).values_list("product_id", "second", "units", "paid"), columns=4)
    days = to_shop_clock(table[:, 1].astype(np.int64)) // SECONDS_PER_DAY
    end = known_until_day(as_of=as_of)
    n_weeks = min((end - int(days.min())) // 7, WEEKS_KEPT) if len(days) else 0
    if n_weeks < 1:
        message = gettext_noop("there is no whole week of sales to learn from; import orders first")
        raise ModelFitError(message)
    first_day = end - 7 * n_weeks
    ids = np.unique(table[:, 0].astype(np.int64))
    sales = SalesHistory.from_rows(
        table[:, 0].astype(np.int64),
        (days - first_day) // 7,
        table[:, 2],
        first_day=first_day,
        n_weeks=n_weeks,
        amounts=table[:, 3],
        products=ids,
    )
    return _with_categories(sales)


def with_promotions(sales: SalesHistory, *, weeks_ahead: int) -> SalesHistory:
    """``sales`` with the promotions of its weeks and of those ahead; itself where there never was one.

    A promotion of some of a week's days counts by these days. A week far ahead for which next to nothing is
    planned yet is unknown, not free of promotions; what is planned for single products there counts for them.
    """
    from dataclasses import replace

    import numpy as np

    n_weeks = sales.n_weeks + weeks_ahead
    first, last = day_of(sales.first_day), day_of(sales.first_day + 7 * n_weeks - 1)
    kinds = list(PromotionKind)
    shares = np.zeros((len(sales), n_weeks, len(kinds)), dtype=np.float32)
    rows = PlannedPromotion.objects.touching(first, last).order_by()
    planned = list(rows.values_list("product_id", "kind", "starts_on", "ends_on", "share").iterator(20_000))
    if not planned:
        return sales
    products, names, starts, ends, reach = zip(*planned, strict=True)
    at = sales.products.rows_of(np.array(products))
    kind = np.array([kinds.index(PromotionKind(name)) for name in names])
    begin, end = (np.array([day.toordinal() for day in days]) - first.toordinal() for days in (starts, ends))
    for place in range(int((end // 7 - begin // 7).max()) + 1):
        week = begin // 7 + place
        days = np.minimum(end + 1, 7 * (week + 1)) - np.maximum(begin, 7 * week)
        inside = (at >= 0) & (days > 0) & (week >= 0) & (week < n_weeks)
        part = np.array(reach) * days / 7.0
        np.add.at(shares, (at[inside], week[inside], kind[inside]), part[inside])
    known = np.ones(shares.shape[:2], dtype=bool)
    totals = shares.sum(axis=(0, 2))
    usual = float(np.median(totals[max(0, sales.n_weeks - PLAN_WEEKS) : sales.n_weeks]))
    ahead = slice(sales.n_weeks, n_weeks)
    known[:, ahead] = (totals[ahead] >= PLAN_SHARE * usual) & (usual > 0)
    known[:, ahead] |= shares[:, ahead].any(axis=2)
    return replace(
        sales, promotions=np.minimum(shares, 1.0), promotion_names=tuple(kinds), promotions_known=known
    )


def known_until_day(*, as_of: datetime) -> int:
    """The day on which forecasts start: that of ``as_of``, or the one after the shop's newest order.

    Where no order at all is known since some day, data are missing: members need not have stayed away.
    Today counts as known once it has an order: see ``forecasts.services.member_scoring``.
    """
    # the first of the index, where a maximum would look at every order
    orders = Order.objects.counted().filter(placed_at__lte=as_of).order_by("-placed_at", "-id")
    newest = orders.values_list("placed_at", flat=True).first()
    today = day_number(as_of)
    return today if newest is None else min(today, day_number(newest) + 1)


def day_number(moment: datetime) -> int:
    """Days since 1970-01-01 on the shop's calendar."""
    return (moment.astimezone(shop_zone()).date() - EPOCH).days


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def to_shop_clock(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Unix seconds as seconds since 1970 on the shop's own clock."""
    import numpy as np

    zone = shop_zone()
    quarters, rows = np.unique(seconds // OFFSET_SECONDS, return_inverse=True)
    starts = (datetime.fromtimestamp(quarter * OFFSET_SECONDS, tz=UTC) for quarter in quarters.tolist())
    offsets = [(start.astimezone(zone).utcoffset() or timedelta()).total_seconds() for start in starts]
    shifts = np.array(offsets, dtype=np.int64)
    return seconds + shifts[rows] if len(seconds) else seconds


def numbers(rows: models.QuerySet[Any, Any], *, columns: int) -> NDArray[np.float64]:
    """The rows as an (n, columns) array, straight from the cursor: iterating in Django doubles the time."""
    import numpy as np

    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        chunks = iter(lambda: cursor.fetchmany(ROWS_AT_ONCE), [])
        values = chain.from_iterable(chain.from_iterable(chunks))
        return np.fromiter(values, dtype=np.float64).reshape(-1, columns)


def _shallow(category_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ancestors at CATEGORY_DEPTH of these categories."""
    import numpy as np

    parents = dict(Category.objects.values_list("pk", "parent_id"))
    shallow = {-1: -1}
    for pk in parents:
        line = [pk]
        while (above := parents.get(line[-1])) is not None:
            line.append(above)
        shallow[pk] = line[-min(CATEGORY_DEPTH, len(line))]
    unique, rows = np.unique(category_ids, return_inverse=True)
    ancestors = np.array([shallow.get(pk, -1) for pk in unique.tolist()], dtype=np.int64)
    return ancestors[rows] if len(category_ids) else category_ids


def _with_categories(sales: SalesHistory) -> SalesHistory:
    from dataclasses import replace

    import numpy as np

    category_of = dict(Product.objects.values_list("pk", "category_id"))
    ids = np.array([category_of.get(pk) or -1 for pk in sales.products.ids.tolist()], dtype=np.int64)
    known, codes = np.unique(_shallow(ids), return_inverse=True)
    # codes run from 0 among the categories that occur; "no category" is -1 and sorts first
    return replace(sales, category_codes=codes - int(known[0] == -1) if len(known) else ids)
