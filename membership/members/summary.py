"""One sentence that sums up a member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from membership.models import Member, Order
from membership.models.shop import the_shop
from membership.wording import days_ago_text, money_text, month_text


@dataclass(frozen=True)
class OrderHistory:
    """What a member's counted orders add up to.

    ``spent_last_year`` holds (currency, amount) pairs: the shop's, and those that no rate is known for.
    """

    orders: int
    first_at: datetime | None
    last_at: datetime | None
    spent_last_year: tuple[tuple[str, Decimal], ...]

    @property
    def mean_gap_days(self) -> float | None:
        if self.first_at is None or self.last_at is None or self.orders < 2:
            return None
        return (self.last_at - self.first_at) / timedelta(days=1) / (self.orders - 1)


def order_history(*, member: Member, now: datetime | None = None) -> OrderHistory:
    """Straight from the orders, one query: right even while the member's features wait to be renewed."""
    year_ago = (now or timezone.now()) - timedelta(days=365)
    rows = list(
        Order.objects.counted()
        .filter(member=member)
        .order_by()
        .values("currency")
        .annotate(
            orders=Count("pk"),
            first=Min("placed_at"),
            last=Max("placed_at"),
            spent=Sum("shop_total", filter=Q(placed_at__gte=year_ago)),
            apart=Sum("total", filter=Q(placed_at__gte=year_ago, shop_rate=None)),
        )
    )
    spent = sum((row["spent"] or Decimal(0) for row in rows), Decimal(0))
    apart = [(row["currency"], row["apart"]) for row in rows]
    return OrderHistory(
        orders=sum(row["orders"] for row in rows),
        first_at=min((row["first"] for row in rows), default=None),
        last_at=max((row["last"] for row in rows), default=None),
        spent_last_year=tuple(pair for pair in [(the_shop().currency, spent), *apart] if pair[1]),
    )


def describe_member(
    *, member: Member, history: OrderHistory, clauses: Sequence[str] = (), now: datetime | None = None
) -> str:
    """The sentence. ``clauses`` are what other apps add ("one open alert"), already translated."""
    parts = [_main_clause(member=member, history=history, now=now)]
    if history.last_at is not None and history.orders > 1:
        parts.append(_("last order %(when)s") % {"when": days_ago_text(history.last_at, now=now)})
    if member.status == Member.Status.FROZEN:
        parts.append(_("the account is frozen"))
    parts += [clause for clause in clauses if clause]
    # Translators: what stands between two clauses of one sentence, and what ends it.
    joined = pgettext("between clauses", "; ").join(parts)
    return joined + pgettext("end of sentence", ".")


def _main_clause(*, member: Member, history: OrderHistory, now: datetime | None) -> str:
    who = _("%(name)s, %(tier)s,") % {
        "name": member.name or member.member_no,
        "tier": str(member.get_tier_display()).lower(),
    }
    if history.first_at is None or history.last_at is None:
        if member.joined_at is None:
            return _("%(who)s has not ordered yet") % {"who": who}
        month = month_text(member.joined_at)
        return _("%(who)s joined in %(month)s and has not ordered yet") % {"who": who, "month": month}
    spent = _amounts(history.spent_last_year)
    if history.orders == 1:
        when = days_ago_text(history.last_at, now=now)
        return _("%(who)s has ordered once, %(when)s") % {"who": who, "when": when}
    facts = {
        "who": who,
        "pace": _pace(history.mean_gap_days or 0.0),
        "since": month_text(history.first_at),
        "until": month_text(history.last_at),
        "spent": spent,
    }
    if not spent:
        return _("%(who)s ordered %(pace)s from %(since)s to %(until)s and nothing in the last year") % facts
    return _("%(who)s has ordered %(pace)s since %(since)s and spent %(spent)s in the last year") % facts


def _pace(gap_days: float) -> str:
    days = round(gap_days)
    if days < 1:
        return _("several times a day on average")
    if days == 1:
        return _("every day on average")
    return ngettext("every %(days)d day on average", "every %(days)d days on average", days) % {"days": days}


def _amounts(spent: Sequence[tuple[str, Decimal]]) -> str:
    """ "$1,240" or, with orders in two currencies, "$1,240 and €30" """
    texts = [money_text(amount, currency, whole=amount >= 100) for currency, amount in spent]
    return pgettext("between amounts", " and ").join(texts)
