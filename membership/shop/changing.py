"""The shop's settings as they begin, and their change: what must follow it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.errors import Rejected, rejected
from membership.models import ExchangeRate, MemberFeatures, Order, ShopSettings
from membership.models.shop import ONLY_ROW, shop_of_environment

ZoneFollower = Callable[[str, str], object]
"""Called with the zone before and the zone now, in the transaction that changes it; "" before the first."""

_followers: list[ZoneFollower] = []


@dataclass(frozen=True)
class ShopDraft:
    """The wanted settings: an IANA time zone, an ISO 4217 currency, an ISO 3166 country; an empty
    ``oversell`` stays as it is.
    """

    time_zone: str
    currency: str
    country: str
    oversell: str = ""


def register_zone_follower(follower: ZoneFollower) -> None:
    """Have ``follower`` called when the shop's zone changes. For apps above, once they are ready."""
    if follower not in _followers:
        _followers.append(follower)


def write_first_settings(**kwargs: Any) -> None:
    """Store what the environment says, unless the shop has settings. A ``post_migrate`` receiver."""
    if ShopSettings._meta.db_table not in connection.introspection.table_names():
        return  # a migration to before this table
    first = shop_of_environment()
    with transaction.atomic():
        _row, is_new = ShopSettings.objects.get_or_create(
            pk=ONLY_ROW,
            defaults={"time_zone": first.time_zone, "currency": first.currency, "country": first.country},
        )
        if is_new:
            _follow("", first.time_zone)


def change_shop(*, draft: ShopDraft) -> list[str]:
    """Give the shop these settings and note that somebody has seen them; the names of those that changed.

    With the zone every day begins at another moment: nightly work moves, and all members' figures are marked
    for recomputation. With the currency all exchange rates go; once there are orders it raises Rejected.
    """
    with transaction.atomic():
        row = ShopSettings.objects.select_for_update().get(pk=ONLY_ROW)
        wanted = asdict(draft) if draft.oversell else {**asdict(draft), "oversell": row.oversell}
        changed = [name for name, value in wanted.items() if getattr(row, name) != value]
        if "currency" in changed and (refusal := why_currency_stays()):
            raise refusal
        if "currency" in changed:
            ExchangeRate.objects.all().delete()  # they said what others are worth in the former one
        before = row.time_zone
        for name in changed:
            setattr(row, name, wanted[name])
        row.confirmed_at = row.confirmed_at or timezone.now()
        row.save()
        if "time_zone" in changed:
            MemberFeatures.objects.update(dirty_at=timezone.now())
            ExchangeRate.objects.update(is_pending=True, changed_at=timezone.now())  # days are other days
            _follow(before, row.time_zone)
    return changed


def why_currency_stays() -> Rejected | None:
    """Why the shop's currency cannot be changed any more; None while it can."""
    if not Order.objects.exists():
        return None
    return rejected(
        "currency",
        _(
            "The shop has orders: their amounts, and all sums, limits of rules and policies, are in "
            "%(currency)s and would silently mean another money. Begin with an empty database to change it."
        )
        % {"currency": ShopSettings.objects.get(pk=ONLY_ROW).currency},
    )


def _follow(before: str, now: str) -> None:
    for follower in _followers:
        follower(before, now)
