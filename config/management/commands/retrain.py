"""``manage.py retrain FAMILY``: the same task that beat schedules and staff start in the admin."""

from __future__ import annotations

import sys
import time
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.families import families
from registry.job_errors import detailed_error
from registry.models import TrainingRun
from registry.queueing import queue_after_commit
from registry.services.runs import request_run

POLL_SECONDS = 0.5
TOGETHER = {"forecasts": ("forecasts", "demand")}  # what members will buy, and what that means for the stock


class Command(BaseCommand):
    help = (
        "Queue a retrain; one that is under way already is not started twice.\n"
        "Example: manage.py retrain recommendations --wait"
    )

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **options
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("family", choices=[family.name for family in families()])
        parser.add_argument("--wait", action="store_true", help="wait for its end; exit 1 when it fails")

    def handle(self, *args: Any, **options: Any) -> None:
        for family in TOGETHER.get(options["family"], (options["family"],)):
            self._retrain(family, wait=options["wait"])

    def _retrain(self, family: str, *, wait: bool) -> None:
        run, is_new = request_run(family=family)
        if is_new and not queue_after_commit(run.task_name, run.pk):
            self.stderr.write(f"{run} starts when the queue is back; start it with: make run")
        if wait:
            self._watch(run)
        self.stdout.write(f"{run}: {run.get_status_display()}" + (f", {run.version}" if run.version else ""))

    def _watch(self, run: TrainingRun) -> None:
        shown = ""
        while not run.is_finished:
            now = f"{run.progress:4.0%} {run.step_text or run.get_status_display()}"
            if now != shown:
                self.stderr.write(shown := now)
            time.sleep(POLL_SECONDS)
            run.refresh_from_db()
        if run.status == TrainingRun.Status.FAILED:
            self.stderr.write(self.style.ERROR(f"{run} failed: {detailed_error(run.error)}"))
            sys.exit(1)
