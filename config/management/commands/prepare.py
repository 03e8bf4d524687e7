"""``manage.py prepare``: what must be done before the web can start. Quick when there is nothing to do."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.running.static_files import collect_if_changed


def pending_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class Command(BaseCommand):
    help = "Migrate the database and collect static files, each only if needed. Example: manage.py prepare"

    def handle(self, *args: Any, **options: Any) -> None:
        pending = pending_migrations()
        if pending:
            self.stderr.write(f"applying {pending} migrations ...")
        call_command("migrate", interactive=False, verbosity=0)
        if collect_if_changed():
            self.stderr.write("static files collected")
