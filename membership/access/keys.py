"""API keys: what they may do, and how they are made and withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from membership.errors import rejected
from membership.models import ApiKey

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SCOPES: Mapping[str, object] = {
    "members:read": gettext_lazy("Read members, their timeline, consents and points"),
    "members:write": gettext_lazy("Create and change members, record consents and points"),
    "loyalty:read": gettext_lazy("Read earning rules, tier rules, coupons and the points liability"),
    "loyalty:write": gettext_lazy("Create and change earning rules, tier rules and coupons"),
    "products:read": gettext_lazy("Read products and the history of their stock"),
    "products:write": gettext_lazy("Create, change and hide products, change their stock"),
    "orders:read": gettext_lazy("Read orders"),
    "orders:write": gettext_lazy("Post orders and see the fraud decision"),
    "labels:write": gettext_lazy("Report an order's outcome, such as a chargeback"),
    "events:write": gettext_lazy("Post events of the shop's visitors"),
    "segments:read": gettext_lazy("Read segments and who is in them"),
    "segments:write": gettext_lazy("Create and change segments"),
    "segments:export": gettext_lazy("Take the members of a segment out as a file"),
    "recommendations:read": gettext_lazy("Read recommendations"),
    "forecasts:read": gettext_lazy("Read forecasts of members and products, and stock advice"),
    "promotions:read": gettext_lazy("Read the promotions of products"),
    "promotions:write": gettext_lazy("Plan, change and cancel promotions of products"),
    "fraud:read": gettext_lazy("Read fraud alerts"),
    "fraud:write": gettext_lazy("Review fraud alerts"),
    "shop:read": gettext_lazy("Read the shop's time zone and currency, and exchange rates"),
    "shop:write": gettext_lazy("Write exchange rates"),
    "imports:read": gettext_lazy("Read imports, their reports and what files would come to"),
    "imports:write": gettext_lazy("Upload files and import them"),
    "models:read": gettext_lazy("Read model versions and training runs"),
    "models:write": gettext_lazy("Start training runs, promote and roll back models"),
}
"""Every scope that an API key can hold, and what it opens."""

USE_NOTED_EVERY_SECONDS = 60


def create_api_key(
    *, name: str, scopes: Iterable[str], days: int | None = None, created_by: User | None = None
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown this once. Raises Rejected."""
    wanted = list(dict.fromkeys(scope.strip() for scope in scopes if scope.strip()))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        message = _("There is no scope %(unknown)s; the scopes are %(known)s.")
        raise rejected("scopes", message % {"unknown": ", ".join(unknown), "known": ", ".join(SCOPES)})
    if not wanted:
        raise rejected("scopes", _("A key needs at least one scope: %s.") % ", ".join(SCOPES))
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise rejected("name", _("A key needs a name of 1 to 80 characters."))
    if days is not None and not 1 <= days <= 3650:
        raise rejected("days", _("A key may last 1 to 3650 days."))
    secret = ApiKey.fresh_key()
    key = ApiKey.objects.create(
        name=name,
        prefix=secret[:12],
        key_hash=ApiKey.hash_of(secret),
        scopes=wanted,
        created_by=created_by,
        expires_at=timezone.now() + timedelta(days=days) if days is not None else None,
    )
    return key, secret


def revoke_api_key(*, key: ApiKey) -> None:
    """Withdraw ``key`` at once. Safe to repeat."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=("revoked_at",))


def find_api_key(*, secret: str) -> ApiKey | None:
    """The usable key behind ``secret``; its use is noted at most once a minute."""
    key = ApiKey.objects.usable().filter(key_hash=ApiKey.hash_of(secret)).first()
    if key is not None:
        _note_use(key=key)
    return key


def _note_use(*, key: ApiKey) -> None:
    now = timezone.now()
    stale = now - timedelta(seconds=USE_NOTED_EVERY_SECONDS)
    if key.last_used_at is None or key.last_used_at < stale:
        # of several requests at the same time one writes: the condition is checked again by the database
        ApiKey.objects.filter(pk=key.pk).exclude(last_used_at__gte=stale).update(last_used_at=now)
