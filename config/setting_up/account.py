"""The first administrator, with a password that is printed once and must be changed."""

from __future__ import annotations

import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.models import OneTimePassword
from membership.models.shop import ONLY_ROW, the_shop

USERNAME = "admin"


def create_administrator() -> None:
    """Make the administrator unless there is one; nobody knows the password until ``invitation`` sets it."""
    if get_user_model().objects.filter(is_superuser=True).exists():
        return
    with transaction.atomic():
        user, is_new = get_user_model().objects.get_or_create(
            username=USERNAME, defaults={"is_staff": True, "is_superuser": True}
        )
        if is_new:
            _set_one_time_password(user)


def invitation(*, url: str) -> str:
    """What to print at the end: where to log in, and a fresh password while nobody has logged in."""
    lines = [_("Open %(url)s/admin/") % {"url": url}]
    newcomer = (
        get_user_model()
        .objects.filter(username=USERNAME, last_login=None)
        .exclude(one_time_password=None)
        .first()
    )
    if newcomer is not None:
        with transaction.atomic():
            password = _set_one_time_password(newcomer)
        lines += [
            _("User      %(user)s") % {"user": USERNAME},
            _("Password  %(password)s") % {"password": password},
            _("It works until you choose your own at the first login."),
        ]
    shop = the_shop()
    if not shop.is_confirmed:  # nobody has looked yet; the home page of an empty shop asks, this only says
        about = _("The shop counts days in %(zone)s and money in %(currency)s. Right? Else change it here:")
        lines += [
            about % {"zone": shop.time_zone, "currency": shop.currency},
            f"{url}{reverse('admin:membership_shopsettings_change', args=(ONLY_ROW,))}",
        ]
    width = max(len(line) for line in lines)
    rule = "─" * (width + 2)
    return "\n".join([f"┌{rule}┐", *(f"│ {line:<{width}} │" for line in lines), f"└{rule}┘"])


def _set_one_time_password(user: User) -> str:
    """A new random password, marked as one to be changed; returned because only its hash is kept."""
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=("password",))
    OneTimePassword.objects.update_or_create(user=user, defaults={"created_at": timezone.now()})
    return password
