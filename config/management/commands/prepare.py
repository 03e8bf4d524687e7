"""``manage.py prepare``: what must be done before the web can start. Quick when there is nothing to do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.backoffice.staff_groups import OUR_APPS
from config.running.static_files import collect_if_changed


def pending_migrations(executor: MigrationExecutor) -> int:
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def refuse_foreign_database(executor: MigrationExecutor) -> None:
    """Raises CommandError where another version of the program made the tables."""
    ours = {*OUR_APPS}
    known = executor.loader.disk_migrations
    foreign = sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in ours and (app, name) not in known
    )
    if not foreign:
        return
    aside = f"mv {settings.VAR_DIR} {settings.VAR_DIR}.old" if settings.EMBEDDED else "name an empty database"
    raise CommandError(
        f"This database was made by another version of Regulars ({foreign[-1]} is unknown to this one). "
        f"To start over: {aside}, then start again and import your files. "
        "To keep it, run the version that made it."
    )


class Command(BaseCommand):
    help = "Migrate the database and collect static files, each only if needed. Example: manage.py prepare"

    def handle(self, *args: Any, **options: Any) -> None:
        executor = MigrationExecutor(connection)
        refuse_foreign_database(executor)
        pending = pending_migrations(executor)
        if pending:
            self.stderr.write(f"applying {pending} migrations ...")
        call_command("migrate", interactive=False, verbosity=0)
        if collect_if_changed():
            self.stderr.write("static files collected")
