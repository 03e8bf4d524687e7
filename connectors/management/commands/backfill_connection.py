"""``manage.py backfill_connection NAME``"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from connectors.fetching.back_fill import request_back_fill
from connectors.fetching.errors import ShopProblem
from connectors.models import BackFill, Connection
from connectors.words import shown
from registry.jobs import LeasedJob

POLL_SECONDS = 0.5


class Command(BaseCommand):
    help = (
        "Fetch all customers, products and orders of a connected shop through its API. "
        "Example: backfill_connection 'My Shopify shop' --wait"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the connection's name, as the admin shows it")
        parser.add_argument("--changes", action="store_true", help="only what changed since the last time")
        parser.add_argument("--wait", action="store_true", help="until it is done; a worker must be running")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = Connection.objects.filter(name=options["name"]).first()
        if connection is None:
            names = ", ".join(Connection.objects.values_list("name", flat=True)) or "none"
            raise CommandError(f"There is no connection {options['name']!r}; there are: {names}.")
        try:
            job, is_new = request_back_fill(connection=connection, changes_only=options["changes"])
        except ShopProblem as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{job}: {'queued' if is_new else 'already under way'}")
        if options["wait"]:
            self._wait(job)

    def _wait(self, job: BackFill) -> None:
        with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed} {postfix}") as bar:
            while not job.is_finished:
                time.sleep(POLL_SECONDS)
                job.refresh_from_db()
                bar.set_postfix_str(job.message, refresh=False)
                bar.update(round(job.progress * 100, 1) - bar.n)
        if job.status == LeasedJob.Status.FAILED:
            raise CommandError(shown(job.error))
        self.stdout.write(", ".join(f"{name} {number:,}" for name, number in job.counts.items()))
