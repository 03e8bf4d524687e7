"""What a shop begins with, and what it holds once its own files are in: a part of the home page."""

from __future__ import annotations

from decimal import Decimal

from django.core.cache import cache
from django.db.models import Count, Max

from membership.models import ImportReport, Member, Order, Product
from membership.rules.sums import exact_sum
from membership.wording import money_text

KEPT_SECONDS = 60


def is_empty_shop() -> bool:
    return not (Order.objects.exists() or Member.objects.exists() or Product.objects.exists())


def imported_totals() -> dict[str, object] | None:
    """All that the shop holds, None where nothing was imported. Kept for a minute at most."""
    done = ImportReport.objects.filter(status=ImportReport.Status.SUCCEEDED, dry_run=False)
    state = done.aggregate(count=Count("pk"), last=Max("finished_at"))
    if not state["count"]:
        return None
    ended = state["last"].timestamp() if state["last"] else 0
    key = f"home:imported:{state['count']}:{ended}"
    totals = cache.get(key)
    if totals is None:
        totals = _totals()
        cache.set(key, totals, KEPT_SECONDS)
    members, products, orders, sales = totals
    return {
        "members": members,
        "products": products,
        "orders": orders,
        "net_sales": [money_text(amount, currency) for currency, amount in sales],
    }


def _totals() -> tuple[int, int, int, list[tuple[str, Decimal]]]:
    by_currency = Order.objects.sales().order_by().values("currency").annotate(sum=exact_sum("total"))
    sales = sorted(by_currency.values_list("currency", "sum"), key=lambda pair: -pair[1])
    orders = Order.objects.counted().aggregate(n=Count("pk"))["n"]
    return Member.objects.reachable().count(), Product.objects.count(), orders, sales
