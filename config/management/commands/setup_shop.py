"""``manage.py setup_shop``: the first set-up, resumable; ``make run`` starts it once the web answers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.setting_up.account import create_administrator, invitation
from config.setting_up.options import SetupOptions
from config.setting_up.phases import make_demo_files, phases
from config.setting_up.runner import Display, PhaseError, run_phases


class Command(BaseCommand):
    help = (
        "Create the administrator and, in the embedded shape, load the demo shop and train its models. "
        "Each phase is done once; DEMO=0 leaves the shop empty. Example: DEMO=0 manage.py setup_shop"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="the address to print")
        parser.add_argument(
            "--only-demo-files",
            action="store_true",
            help="make the demo's files, for which no database is needed",
        )
        parser.add_argument("--began", type=float, help="Unix time to count seconds from (default: now)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = SetupOptions.from_environment()
            if options["only_demo_files"]:
                make_demo_files(households=wanted.households)
                return
            todo = phases(wanted)
            create_administrator()
            welcome = invitation(url=options["url"])
            self.stdout.write(welcome)
            if run_phases(todo, display=Display(total=len(todo), began=options["began"])):
                self.stdout.write(welcome)  # by now it has scrolled away
        except PhaseError as error:
            raise CommandError(str(error)) from None
