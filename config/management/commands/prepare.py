"""``manage.py prepare``: what must be done before the web can start. Quick when there is nothing to do."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.static_files import collect_if_changed


class Command(BaseCommand):
    help = "Migrate the database and collect static files, each only if needed. Example: manage.py prepare"

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=1, stdout=self.stderr)
        if collect_if_changed():
            self.stderr.write("static files collected")
