"""Common segments as rules of this shop, which staff can start from and change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.models import Category, MemberFeatures, OrderItem
from membership.rules.checking import May
from membership.rules.language import render_value
from membership.rules.registry import find_field

SAMPLED_LINES_DAYS = 90


@dataclass(frozen=True)
class Template:
    """One template: a rule with its name and description in the reader's language."""

    key: str
    title: str
    about: str
    text: str
    needs: tuple[str, ...] = ()


def templates(*, may: May) -> list[Template]:
    """The templates whose fields exist and may be used by this person."""
    usable = []
    for one in _all():
        fields = [find_field(name) for name in one.needs]
        if all(field is not None and may(field) for field in fields):
            usable.append(one)
    return usable


def _all() -> Iterator[Template]:
    yield Template(
        "win-back", _("Win back"),
        _("Ordered often, then nothing for two months, and may be e-mailed."),
        "orders_365d >= 4 and last_order_at < -60d and consent.marketing.email = true",
        ("orders_365d", "last_order_at", "consent.marketing.email"),
    )  # fmt: skip
    yield Template(
        "about-to-churn", _("About to churn"),
        _("The forecast gives a high risk that they do not order again."),
        "churn_risk >= 0.7 and orders_365d >= 2", ("churn_risk", "orders_365d"),
    )  # fmt: skip
    yield Template(
        "at-risk", _("Good customers at risk"),
        _("Bought often or spent much before, and has not ordered for a long time."),
        'rfm_group in ["at-risk", "cannot-lose"]', ("rfm_group",),
    )  # fmt: skip
    yield from _big_spenders()
    yield Template(
        "birthday", _("Birthday soon"), _("Birthday in the coming week, and may be e-mailed."),
        "birthday in next 7d and consent.marketing.email = true", ("birthday", "consent.marketing.email"),
    )  # fmt: skip
    yield Template(
        "new-no-second", _("New, no second order"),
        _("First ordered one to three months ago, and not again."),
        "first_order_at between -90d and -30d and orders_total = 1", ("first_order_at", "orders_total"),
    )  # fmt: skip
    yield Template(
        "welcome", _("New members"), _("Joined in the last 30 days."), "joined_at >= -30d", ("joined_at",)
    )
    yield Template(
        "cart-left", _("Left in the cart"),
        _("Put something in the cart this week and did not order."),
        "carted(within: 7d) and not bought(within: 7d)",
    )  # fmt: skip
    yield Template(
        "points-unused", _("Unused points"), _("Many points and no order for a month."),
        "points >= 500 and not bought(within: 30d)", ("points",),
    )  # fmt: skip
    yield Template(
        "best", _("Best customers"), _("Champions who may be e-mailed."),
        "rfm_group = champions and consent.marketing.email = true", ("rfm_group", "consent.marketing.email"),
    )  # fmt: skip


def _big_spenders() -> Iterator[Template]:
    """In the category that sold most lately, above what a good member spends in a quarter."""
    since = timezone.now() - timedelta(days=SAMPLED_LINES_DAYS)
    sold = OrderItem.objects.filter(placed_at__gte=since, category__isnull=False).order_by()
    best = sold.values("category_id").annotate(lines=Count("pk")).order_by("-lines", "category_id").first()
    category = Category.objects.filter(pk=best["category_id"]).first() if best else None
    if category is None:
        return
    amount = _good_amount()
    yield Template(
        "big-spenders", _("Big spenders in %(category)s") % {"category": category.name},
        _("Spent much in the category in 90 days; you can choose another category."),
        f"bought(category: {render_value(category.path)}, spend_at_least: {amount}, within: 90d)",
    )  # fmt: skip


def _good_amount() -> int:
    """A round amount near a tenth of what the ninth of ten members spends in 90 days, at least 10."""
    spends = MemberFeatures.objects.filter(spend_90d__gt=0).order_by("-spend_90d")
    count = spends.count()
    spend = spends.values_list("spend_90d", flat=True)[count // 10] if count else Decimal(100)
    amount = max(10, int(spend) // 10)
    digits: int = 10 ** (len(str(amount)) - 1)
    return round(amount / digits) * digits
