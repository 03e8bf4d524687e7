"""``manage.py verify_points``: whether lots, ledger and debts of all members agree."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from membership.loyalty.verifying import differences


class Command(BaseCommand):
    help = (
        "Add up every points lot from its entries and compare. Exit 1 where one differs.\n"
        "Example: python manage.py verify_points"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--most", type=int, default=20, help="differences to print (20)")

    def handle(self, *args: object, **options: int) -> None:
        found = differences(at_most=options["most"])
        for line in found.lines:
            self.stdout.write(line)
        if found.lines:
            raise CommandError(f"{len(found.lines)} or more differences in {found.lots} lots.")
        self.stdout.write(f"{found.lots} lots and {found.entries} entries agree.")
