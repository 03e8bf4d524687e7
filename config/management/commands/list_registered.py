"""``manage.py list_registered``: docs/reference/registered.md on stdout."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from config.registered import as_markdown, registered_tables


class Command(BaseCommand):
    help = (
        "Prints what apps have registered, as a page of the documentation. "
        "Example: manage.py list_registered > docs/reference/registered.md"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            self.stdout.write(as_markdown(registered_tables()), ending="")
