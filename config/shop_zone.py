"""Django's current time zone is the shop's: in each request, task and command, whatever the environment says.

``settings.TIME_ZONE`` is what the environment said first; the row of ``ShopSettings`` is what holds.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.management import BaseCommand, ManagementUtility
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

WITHOUT_DATABASE = {"collectstatic", "spectacular"}
Answer = Callable[[HttpRequest], HttpResponseBase]


def use_shop_zone(**kwargs: object) -> None:
    """For this thread, from now on. A receiver of Celery's ``task_prerun``."""
    from membership.models.shop import the_shop

    shop = the_shop()
    if shop.time_zone == settings.TIME_ZONE:
        timezone.deactivate()
    else:
        timezone.activate(shop.zone)


def shop_zone_middleware(get_response: Answer) -> Answer:
    def respond(request: HttpRequest) -> HttpResponseBase:
        use_shop_zone()
        return get_response(request)

    return respond


class Management(ManagementUtility):
    """``manage.py`` in the shop's zone."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        command: BaseCommand = super().fetch_command(subcommand)
        # those without checks, such as migrate and check, and these two need no database, or an empty one
        if command.requires_system_checks and subcommand not in WITHOUT_DATABASE:
            use_shop_zone()
        return command
