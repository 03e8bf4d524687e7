"""``manage.py run``: everything as one, until Ctrl-C."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.running.processes import AlreadyRunningError, PortBusyError, run
from config.setting_up.phases import SetupOptions
from config.setting_up.runner import PhaseError


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
        port = str(options["port"])
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise CommandError(f"PORT={port!r} is no port; it is a number from 1 to 65535, for example 8001.")
        try:
            SetupOptions.from_environment()  # a mistyped option is said before anything starts
            code = run(host=options["host"], port=int(port))
        except (AlreadyRunningError, PhaseError, PortBusyError) as error:
            raise CommandError(str(error)) from None
        sys.exit(code)
