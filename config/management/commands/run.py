"""``manage.py run``: everything as one, until Ctrl-C, as ``make run`` starts it."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.running.__main__ import main


class Command(BaseCommand):
    help = (
        "Run Valkey (embedded shape only), web, two workers and beat as one, and set up the demo shop once. "
        "Example: manage.py run --port 8001"
    )
    requires_system_checks = ()  # "prepare" checks, with its output in the log

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", default=os.environ.get("PORT", "8000"), help="default: PORT, else 8000")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(main(["--host", options["host"], "--port", str(options["port"])]))
